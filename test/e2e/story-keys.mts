/** The keys that the loop of the story leaves in its store, and hostile ones; words are bytes. */
const HOUR = '3600000';

export const HOSTILE_TEXT =
  '<img src=x onerror="document.title=1"><b>bold</b> \u001b[31mred\u001b[0m \u202etxt.exe';

/** What the sixth hand-over of the story holds. */
export const REVIEW_TEXT = JSON.stringify({
  task_id: 'add-jwt',
  iteration: 4,
  commit: 'a90d3f2',
  feedback: [
    { from: 'security-1', text: 'Refresh token survives logout' },
    { from: 'tests-1', text: 'No test for an expired token' },
  ],
  originalConfidence: 0.885,
  files: { added: 3, changed: 2, names: ['src/auth/jwt.ts', 'src/auth/refresh.ts'] },
});

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

export function storyKeys(): readonly (readonly string[])[] {
  const set = (key: string, value: string) => ['SET', key, bytes(value), 'PX', HOUR];
  const push = (key: string, ...items: string[]) => [
    ['RPUSH', key, ...items.map(bytes)],
    ['PEXPIRE', key, HOUR],
  ];
  return [
    set('handoff:add-jwt:reviewer', REVIEW_TEXT),
    set('gate:add-jwt', JSON.stringify({ passed: true, confidence: 0.885 })),
    set(
      'task:add-jwt:assignment',
      JSON.stringify({ task_id: 'add-jwt', agents: ['backend-1', 'backend-2'] }),
    ),
    set('task:add-jwt:output', JSON.stringify({ files: 5, summary: 'Tokens expire after 15 minutes.' })),
    set('task:add-jwt:output:4', JSON.stringify({ files: 5 })),
    set('task:add-jwt:loop2', JSON.stringify({ feedback: [] })),
    set('task:add-jwt:loop3', JSON.stringify({ mean: 0.885 })),
    ['SET', 'swarm:add-jwt:epic-context', 'Add JWT authentication with refresh tokens.'],
    ['SET', 'swarm:add-jwt:success-criteria', bytes('Token läuft nach 15 Minuten ab')],
    ...push('swarm:add-jwt:decision', 'ITERATE'),
    ...['backend-1', 'backend-2', 'security-1'].flatMap((agent) =>
      push(`swarm:add-jwt:confidence:${agent}`, '0.91'),
    ),
    ...push('coord:add-jwt:complete', 'backend-2:success', 'backend-1:success'),
    ...push('coord:add-jwt:loop3:complete', 'backend-1', 'backend-2'),
    ['HSET', 'coord:add-jwt:completion:4', 'backend-1', 'success', 'backend-2', 'success'],
    ['PEXPIRE', 'coord:add-jwt:completion:4', HOUR],
    ...push(
      'coord:add-jwt:signal:review',
      ...Array.from({ length: 240 }, (_, index) => `message ${index + 1}`),
    ),
    ['SADD', 'coord:add-jwt:signal:review:takers', 'c41d0f'],
    ...push('coord:rate-limiter:complete', 'limiter-1:success'),
    set('context:add-jwt:hostile', HOSTILE_TEXT),
    ['SET', 'context:add-jwt:raw', '\u00ff\u00fe\u0000binary', 'PX', HOUR],
    ['SET', 'context:add-jwt:transcript', bytes('Line of a long transcript.\n'.repeat(400_000)), 'PX', HOUR],
    set(`context:add-jwt:${HOSTILE_TEXT}`, 'named by somebody who means no good'),
    ['SET', 'lock:integrate:1a9f', 'task-add-jwt:token-of-the-holder', 'PX', '900000'],
    ...Array.from({ length: 1125 }, (_, index) =>
      set(
        `cache:query:${(index * 2_654_435_761).toString(16).padStart(12, '0')}`,
        JSON.stringify({ rows: index }),
      ),
    ),
  ];
}

import { expect, it } from 'vitest';
import type { StoreSummary } from '../../app/keys/store-glance.ts';
import { storeRows } from './store-rows.ts';

const SUMMARY: StoreSummary = {
  state: { kind: 'up', behind: 'embedded' },
  size: { keys: 1204, exact: true },
  waits: [],
  locks: [],
  changes: { newest: [], count: 0, file: '/state/changes-by-hand.ndjson' },
};

it('tells of the store alone where nobody waits and nothing is locked', () => {
  expect(storeRows(SUMMARY, 0)).toMatchObject([
    { label: 'Embedded store', description: '1,204 keys', icon: 'database', children: [] },
  ]);
  expect(storeRows({ ...SUMMARY, state: { kind: 'ended' }, size: null }, 0)).toMatchObject([
    { description: 'not running; a loop starts it' },
  ]);
  const down = {
    kind: 'down',
    behind: 'redis://redis.example:6379',
    problem: 'connect \u001b[31mrefused',
  } as const;
  expect(storeRows({ ...SUMMARY, state: down, size: null }, 0)).toMatchObject([
    { label: 'Redis at redis.example:6379', description: 'unreachable: connect ·[31mrefused' },
  ]);
});

it('lists who waits, what is locked and the newest changes, each row with its key', () => {
  const facts = { type: 'string', endsAt: 90_000, bytes: 1, owner: 'add-jwt', readAt: 0 };
  const wait = {
    client: 7,
    taskId: 'add-jwt',
    name: 'security-1',
    command: 'brpop',
    keys: ['coord:add-jwt:signal:review'],
    since: 0,
    until: null,
  };
  const rows = storeRows(
    {
      ...SUMMARY,
      waits: [wait],
      locks: [{ name: 'lock:integrate:1a9f', facts }],
      changes: {
        newest: [{ at: 0, action: 'deleted', key: 'coord:t:x', detail: '' }],
        count: 12,
        file: SUMMARY.changes.file,
      },
    },
    60_000,
  );
  expect(rows.map(({ label, description }) => `${label} ${description}`)).toEqual([
    'Embedded store 1,204 keys',
    'Waiting 1',
    'Locks 1',
    'Changed by hand 12',
  ]);
  expect(rows[1]?.children).toMatchObject([
    {
      label: 'security-1',
      description: 'coord:add-jwt:signal:review · 1:00',
      key: 'coord:add-jwt:signal:review',
    },
  ]);
  expect(rows[2]?.children).toMatchObject([
    { label: 'lock:integrate:1a9f', description: 'add-jwt, 0:30 left', key: 'lock:integrate:1a9f' },
  ]);
  expect(rows[3]?.children).toMatchObject([{ description: 'you deleted coord:t:x', key: null }]);
});

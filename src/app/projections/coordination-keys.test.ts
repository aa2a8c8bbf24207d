import { describe, expect, it } from 'vitest';
import {
  implementer,
  owner,
  passing,
  startedLoop,
  testConfig,
  type Answers,
} from '../../domain/loop/test-loop.ts';
import { keys } from '../../protocol/keys.ts';
import { keyWrites, type KeyWrite } from './coordination-keys.ts';

/** Every write of a loop that was answered this way, in order. */
function writesOf(
  agent: Answers['agent'],
  change: Parameters<typeof startedLoop>[0] = {},
): readonly KeyWrite[] {
  const loop = startedLoop(change);
  loop.run({ agent });
  return loop.events.flatMap((event) => keyWrites(event, loop.state?.config ?? testConfig));
}

const valuesAt = (writes: readonly KeyWrite[], key: string) =>
  writes.filter((write) => write.key === key).map((write) => write.value);

describe('the keys that follow from a loop', () => {
  it('[FL-090] [FL-091] [FL-092] [FL-121] [FL-141] hold the context before the first agent starts', () => {
    const loop = startedLoop();
    const first = loop.events.flatMap((event) => keyWrites(event, testConfig)).map((write) => write.key);
    expect(first).toEqual(
      expect.arrayContaining([
        'swarm:task-001:epic-context',
        'swarm:task-001:success-criteria',
        'context:task-001:deliverables',
        'context:task-001:metadata',
      ]),
    );
    expect(
      valuesAt(writesOf(passing), 'swarm:task-001:phase-context').map((text) => JSON.parse(text)),
    ).toEqual([{ iteration: 1, start: 'base', feedback: [] }]);
  });

  it("[DP-040] [DP-042] hold everybody's confidence or score, and the decision", () => {
    const writes = writesOf(passing);
    expect(valuesAt(writes, 'swarm:task-001:confidence:implementer-1')).toEqual(['0.92']);
    expect(valuesAt(writes, 'swarm:task-001:confidence:validator-2')).toEqual(['0.95']);
    expect(valuesAt(writes, 'swarm:task-001:decision')).toEqual(['PROCEED']);
    expect(valuesAt(writes, 'coord:task-001:decision')).toEqual(['PROCEED']);
  });

  it.each([
    ['reported nothing', { result: null }],
    ['failed with a result', { ending: 'failed', ...implementer(0.99) }],
    ['was killed', { ending: 'oom', result: null }],
  ] as const)('[DP-040] [DP-041] hold 0.0 for an implementer that %s, and ABORT in the end', (_how, exit) => {
    const writes = writesOf((id, role, i, a) => (role === 'implementer' ? exit : passing(id, role, i, a)), {
      maxIterations: 1,
    });
    expect(new Set(valuesAt(writes, 'swarm:task-001:confidence:implementer-1'))).toEqual(new Set(['0.0']));
    expect(valuesAt(writes, 'swarm:task-001:decision')).toEqual(['ABORT']);
    expect(valuesAt(writes, 'coord:task-001:decision')).toEqual(['ABORT']);
  });

  it('[DP-041] [DP-043] hold one ABORT when the product owner gave no valid decision', () => {
    const writes = writesOf((id, role, i, a) =>
      role === 'product-owner' ? { result: null } : passing(id, role, i, a),
    );
    expect(valuesAt(writes, 'swarm:task-001:decision')).toEqual(['ABORT']);
    expect(valuesAt(writes, 'swarm:task-001:confidence:product-owner')).toEqual(['0.0']);
  });

  it('[DP-043] hold a decision in every path, also when a loop is out of iterations or stopped', () => {
    const exhausted = writesOf(
      (id, role, i, a) => (role === 'product-owner' ? owner('ITERATE', ['more']) : passing(id, role, i, a)),
      { maxIterations: 2 },
    );
    expect(valuesAt(exhausted, 'swarm:task-001:decision')).toEqual(['ITERATE', 'ITERATE', 'ABORT']);
    const loop = startedLoop();
    loop.send({ kind: 'stop' });
    loop.run({ agent: passing });
    const stopped = loop.events.flatMap((event) => keyWrites(event, testConfig));
    expect(valuesAt(stopped, 'swarm:task-001:decision')).toEqual(['ABORT']);
  });

  it('[DP-082] list every event with its correlation, for a day', () => {
    const events = writesOf(passing).filter((write) => write.key === 'events:task-001');
    expect(events.length).toBeGreaterThan(20);
    for (const write of events) {
      expect(write).toMatchObject({ kind: 'push', ttlSeconds: 86_400 });
      expect(JSON.parse(write.value)).toMatchObject({ correlation: expect.stringMatching(/:iter-\d+:\d+$/) });
    }
  });

  it('mark what was defaulted in the record of an attempt', () => {
    const writes = writesOf((id, role, i, a) =>
      id === 'validator-3' ? { result: null, resultError: 'no block' } : passing(id, role, i, a),
    );
    const records = writes.filter((write) => write.key === keys.agentResult('task-001', 'validator-3').name);
    expect(records.map((write) => JSON.parse(write.value))).toMatchObject([
      { defaulted: true, result: null },
    ]);
  });
});

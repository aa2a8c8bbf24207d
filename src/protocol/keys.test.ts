import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkResource,
  checkSegment,
  completionEntry,
  completionsOf,
  isKeyOfTask,
  keys,
  lockAlias,
  ofIteration,
  taskOfUser,
  ttlOf,
  userOfTask,
} from './keys.ts';

const id = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,20}$/);

describe('coordination keys', () => {
  it.each([
    ['DP-042', keys.decision('T'), 'swarm:T:decision'],
    ['DP-042', keys.confidence('T', 'A'), 'swarm:T:confidence:A'],
    ['DP-060', keys.chain('T', 'agent1'), 'chain:T:agent1:complete'],
    ['DP-061', keys.broadcast('T', 'A'), 'broadcast:T:A'],
    ['DP-063', keys.mesh('T', 'A', 'B'), 'mesh:T:A:B'],
    ['SI-034', keys.implementDone('T'), 'coord:T:loop3:complete'],
    ['SI-034', keys.validateStart('T'), 'coord:T:loop2:start'],
    ['SI-034', keys.coordDecision('T'), 'coord:T:decision'],
    ['SI-035', keys.agentSignal('T', 'A'), 'swarm:T:signal:A'],
    ['SI-035', keys.agentResult('T', 'A'), 'swarm:T:result:A'],
    ['SI-036', keys.context('T', 'deliverables'), 'context:T:deliverables'],
    ['SI-036', keys.context('T', 'metadata'), 'context:T:metadata'],
    ['SI-050', keys.queryCache('H'), 'cache:query:H'],
    ['SI-050', keys.session('T'), 'session:T'],
    ['SI-065', keys.complete('T'), 'coord:T:complete'],
    ['SI-065', keys.error('T'), 'coord:T:error'],
    ['SI-065', keys.signal('T', 'A'), 'coord:T:signal:A'],
    ['SI-067', keys.payload('T', 'A'), 'coord:T:payload:A'],
    ['FL-090', keys.epicContext('T'), 'swarm:T:epic-context'],
    ['FL-091', keys.phaseContext('T'), 'swarm:T:phase-context'],
    ['FL-092', keys.successCriteria('T'), 'swarm:T:success-criteria'],
    ['FL-093', keys.assignment('T'), 'task:T:assignment'],
    ['FL-093', keys.output('T'), 'task:T:output'],
    ['FL-093', keys.feedback('T'), 'task:T:loop2'],
    ['FL-093', keys.aggregation('T'), 'task:T:loop3'],
    ['FL-094', keys.gate('T'), 'gate:T'],
    ['FL-095', keys.reviewerHandoff('T'), 'handoff:T:reviewer'],
    ['X-06', keys.productOwnerHandoff('T'), 'handoff:T:product-owner'],
    ['FL-096', keys.final('T'), 'task:T:final'],
    ['X-29', keys.workerOutput('T', 2, 'W'), 'task:T:output:2:W'],
    ['X-08', keys.lock('R'), 'lock:R'],
    ['X-07', ofIteration(keys.feedback('T'), 3), 'task:T:loop2:3'],
  ])('[%s] %o is %s', (_row, key, name) => {
    expect(key.name).toBe(name);
  });

  it('[SI-037] shows a lock with its end, but never uses that as a key', () => {
    expect(lockAlias('R', 1_731_752_400)).toBe('lock:R:1731752400');
  });

  it('[SI-067] [X-09] counts each agent once, by its newest result', () => {
    expect(completionEntry('a', 'success')).toBe('a:success');
    expect(completionsOf(['a:failed: why', 'b:success', 'a:success', 'c'])).toEqual(
      new Map([
        ['a', 'failed: why'],
        ['b', 'success'],
        ['c', 'success'],
      ]),
    );
  });
});

describe('the TTL of a key', () => {
  it.each([
    ['[DP-003] [X-12] coordination state', ttlOf(keys.decision('T')), 86_400],
    ['a cache', ttlOf(keys.queryCache('H')), 3600],
    ['events', ttlOf(keys.events('T')), 86_400],
    ['[SI-039] an explicit one', ttlOf(keys.context('T', 'k'), { ttlSeconds: 3600 }), 3600],
    ['[DP-005] [X-08] a lock: its operation and grace', ttlOf(keys.lock('R'), { operationSeconds: 60 }), 90],
    [
      '[DP-004] a key of a run longer than its class',
      ttlOf(keys.queryCache('H'), { deadlineSeconds: 7200 }),
      7200,
    ],
  ])('%s', (_name, ttl, seconds) => {
    expect(ttl).toEqual({ ok: true, value: seconds });
  });

  it('[X-12] is refused when it is shorter than the run', () => {
    const ttl = ttlOf(keys.context('T', 'k'), { ttlSeconds: 600, deadlineSeconds: 3600 });
    expect(ttl).toMatchObject({ ok: false, error: expect.stringContaining('3600') });
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e9])('is never %d', (ttlSeconds) => {
    expect(ttlOf(keys.gate('T'), { ttlSeconds }).ok).toBe(false);
  });

  it('exists for every key that can be made', () => {
    for (const make of Object.values(keys)) {
      const key = (make as (...words: unknown[]) => { name: string })('a', 1, 'c');
      expect(ttlOf(key as Parameters<typeof ttlOf>[0])).toMatchObject({ ok: true });
    }
  });
});

describe('what a task reaches', () => {
  it.each([
    ['task:t1:output', true],
    ['gate:t1', true],
    ['anything:t1:at:all', true],
    ['task:T1:output', false],
    ['task:t10:output', false],
    ['task:t', false],
    ['t1', false],
    ['t1:t2', false],
    [':t1:x', false],
    ['lock:t1', false],
    ['lock:t1:x', false],
    ['', false],
  ])('%s: %s', (name, reached) => {
    expect(isKeyOfTask({ taskId: 't1' }, name)).toBe(reached);
  });

  it("is never the common cache, even for a task of the cache's name", () => {
    expect(isKeyOfTask({ taskId: 'query' }, keys.queryCache('h').name)).toBe(false);
  });

  it('is every key made for it and none made for another', () => {
    fc.assert(
      fc.property(id, id, (mine, other) => {
        fc.pre(mine !== other);
        for (const [name, make] of Object.entries(keys)) {
          if (['lock', 'cache', 'queryCache'].includes(name)) continue;
          const key = make as (taskId: string, ...rest: unknown[]) => { name: string };
          expect(isKeyOfTask({ taskId: mine }, key(mine, 1, 'w').name)).toBe(true);
          expect(isKeyOfTask({ taskId: mine }, key(other, mine, mine).name)).toBe(false);
        }
      }),
    );
  });

  it('is asked for under a user name that leads back to the task', () => {
    expect(taskOfUser(userOfTask('a-b_c'))).toBe('a-b_c');
    for (const user of ['default', 'task-', 'task-../x', 'task-con', 't1'])
      expect(taskOfUser(user)).toBe(null);
  });
});

describe('names within keys', () => {
  it.each(['', ':', 'a:b', '*', 'a b', '-x', 'a\n', 'x'.repeat(129)])('refuse %j', (name) => {
    expect(checkSegment('--key', name).ok).toBe(false);
  });
  it('take paths and ports for locks', () => {
    expect(checkResource('--key', 'src/auth.ts').ok).toBe(true);
    expect(checkResource('--key', 'port:3000').ok).toBe(true);
    expect(checkResource('--key', 'a b').ok).toBe(false);
  });
});

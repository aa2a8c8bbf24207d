import { describe, expect, it } from 'vitest';
import { correlationKey } from '../../domain/correlation.ts';
import type { LoopEvent } from '../../domain/loop/events.ts';
import { passing, startedLoop, type Answers } from '../../domain/loop/test-loop.ts';
import type { AttemptSpec } from '../../protocol/attempt.ts';
import { BOX_GROUPS, type BoxState } from './box.ts';
import { BOXES, judgeBoxes } from './compliance.ts';
import { attemptsOf, type AttemptFact, type ComplianceFacts } from './compliance-facts.ts';

const spec = (number: number): AttemptSpec => ({
  version: 1,
  taskId: 'task-001',
  agentId: 'implementer-1',
  role: 'implementer',
  iteration: 1,
  attempt: 1,
  runToken: `token-${number}`,
  nonce: `nonce-${number}`,
  program: { kind: 'preset', preset: 'demo' },
  permission: 'edits',
  cwd: '/w',
  worktree: '/w',
  limits: { idleMs: 300_000, totalMs: 600_000, completionMs: 10_000, killGraceMs: 1000 },
  repair: null,
});

/** What a loop leaves that ran as it should. */
function factsOf(
  agent: Answers['agent'] = passing,
  loopChange: Parameters<typeof startedLoop>[0] = {},
): ComplianceFacts {
  const loop = startedLoop(loopChange);
  loop.run({ agent });
  if (!loop.state) throw new Error('The loop was started');
  const events = loop.events.map((event) => ({
    ...event,
    correlation: correlationKey('step', event.iteration, event.at),
  }));
  const attempts = attemptsOf(events).map((attempt, index): AttemptFact => ({
    ...attempt,
    spec: spec(index),
    look: {
      recordBytes: 500 + index,
      runner: { pid: 10 + index, alive: false },
      agent: { pid: 100 + index, alive: false, ownGroup: null },
    },
  }));
  return {
    state: loop.state,
    events,
    attempts,
    ledger: [{ kind: 'worktree', id: 'w', taskId: 'task-001', path: '/w' }],
    store: {
      kind: 'answers',
      latencyMs: 0.2,
      port: 4000,
      pid: 9,
      clients: 1,
      keys: 40,
      behind: null,
      guarded: true,
    },
    keys: [{ name: 'swarm:task-001:decision', type: 'list', ttlSeconds: 80_000 }],
    listeners: [{ port: 4000, address: '127.0.0.1', pid: 9, program: 'node' }],
    batches: { events: events.length, transactions: 9 },
    logLines: events.length,
    stateFolder: {
      path: '/s',
      exists: true,
      mode: 0o700,
      writable: true,
      nearest: '/s',
      freeBytes: 1e9,
    },
    held: false,
    secrets: { events: events.length, files: 1, found: [] },
  };
}

const stateOf = (id: string, facts: ComplianceFacts): BoxState => {
  const box = judgeBoxes('task-001', facts).boxes.find((one) => one.id === id);
  if (!box) throw new Error(`There is no box ${id}`);
  expect(box.proof.length).toBeGreaterThan(10);
  return box.state;
};

const good = factsOf();
const events = (change: (event: LoopEvent, index: number) => LoopEvent): ComplianceFacts => ({
  ...good,
  events: good.events.map(change),
});
const attempts = (change: (attempt: AttemptFact) => Partial<AttemptFact>): ComplianceFacts => ({
  ...good,
  attempts: good.attempts.map((attempt, index) =>
    index === 0 ? { ...attempt, ...change(attempt) } : attempt,
  ),
});
const look = (change: Partial<NonNullable<AttemptFact['look']>>) =>
  attempts((attempt) => ({ look: attempt.look && { ...attempt.look, ...change } }));

/** For each box something that breaks it: a box that nothing can break would prove nothing. */
const BROKEN: Readonly<Record<string, ComplianceFacts>> = {
  'DP-140': look({ recordBytes: 0 }),
  'DP-141': attempts(() => ({ spec: null })),
  'DP-142': look({ agent: { pid: 100, alive: true, ownGroup: false } }),
  'DP-143': {
    ...good,
    events: [
      ...good.events.slice(0, -1),
      ...good.events
        .flatMap((event) =>
          event.type === 'AgentExited'
            ? [{ ...event, exit: { ...event.exit, ending: 'timeout' as const } }]
            : [],
        )
        .slice(0, 1),
    ],
  },
  'DP-144': { ...good, keys: [{ name: 'swarm:task-001:decision', type: 'list', ttlSeconds: null }] },
  'DP-145': events((event, index) => (index === 3 ? { ...event, correlation: 'x' } : event)),
  'DP-146': events((event) =>
    event.type === 'TransferPointWritten' && event.point === 1 ? { ...event, verified: false } : event,
  ),
  'DP-147': { ...good, ledger: [{ kind: 'checkout', id: 'c', taskId: 'task-001', path: '/c' }] },
  'DP-148': events((event, index) => (index === 5 ? { ...event, at: 0 } : event)),
  'DP-149': events((event) =>
    event.type === 'ConsensusChecked' && event.score !== null ? { ...event, score: 0.99 } : event,
  ),
  'DP-150': { ...good, events: [] },
  'DP-151': attempts((attempt) => ({ spec: attempt.spec && { ...attempt.spec, nonce: 'nonce-1' } })),
  'DP-152': good,
  'DP-153': { ...good, secrets: { ...good.secrets, found: ['src/keys.ts'] } },
  'DP-154': { ...good, stateFolder: { ...good.stateFolder, mode: 0o755 } },
  'DP-155': { ...good, batches: { events: 9, transactions: 9 } },
  'DP-156': { ...good, store: { ...good.store, clients: 40 } as ComplianceFacts['store'] },
  'DP-158': attempts((attempt) => ({ endedAt: attempt.startedAt - 1 })),
  'DP-159': { ...good, state: { ...good.state, agentRuns: 51 } },
};

describe('the compliance of a loop', () => {
  it('[DP-140] [DP-141] [DP-142] [DP-143] [DP-144] [DP-145] [DP-146] [DP-147] [DP-148] [DP-149] [DP-150] [DP-151] [DP-152] [DP-153] [DP-154] [DP-155] [DP-156] [DP-157] [DP-158] [DP-159] has every box of the checklist once, in its order and groups', () => {
    expect(BOXES.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => `DP-${140 + index}`));
    expect(BOX_GROUPS.map((group) => BOXES.filter((box) => box.group === group).length)).toEqual([
      5, 5, 5, 5,
    ]);
  });

  it('is met by a loop that ran as it should, but for the network of processes', () => {
    const report = judgeBoxes('task-001', good);
    expect(report.boxes.filter(({ state }) => state === 'not met').map(({ id }) => id)).toEqual(['DP-152']);
    // Nothing in this loop was tested, so no checkout was used twice.
    expect(report.boxes.filter(({ state }) => state === 'not applicable').map(({ id }) => id)).toEqual([
      'DP-157',
    ]);
    expect(report).toMatchObject({ met: 18, notMet: 1, notApplicable: 1 });
  });

  it.each(Object.entries(BROKEN))('[%s] is not met by a loop that breaks it', (id, facts) => {
    expect(stateOf(id, facts)).toBe('not met');
  });

  it('[DP-157] is met by a loop that used a prepared checkout twice', () => {
    const fact = {
      run: 'left',
      commit: 'c1',
      command: 'npm test',
      status: 'passed',
      passed: 1,
      failed: 0,
      skipped: 0,
      passRate: 1,
      baseline: 1,
      protectedFilesChanged: [],
    } as const;
    const tested = events((event) =>
      event.type === 'EvidenceJudged' || event.type === 'CandidateJudged'
        ? { ...event, facts: [fact, { ...fact, run: 'restored' }] }
        : event,
    );
    expect(stateOf('DP-157', tested)).toBe('met');
  });

  it('judges nothing that was not there to be measured', () => {
    const bare = startedLoop();
    const facts: ComplianceFacts = {
      ...good,
      state: bare.state ?? good.state,
      events: bare.events,
      attempts: [],
      store: { kind: 'ended', port: null },
      keys: null,
      batches: null,
    };
    const report = judgeBoxes('task-001', facts);
    const open = report.boxes.filter(({ state }) => state === 'not applicable').map(({ id }) => id);
    expect(open).toEqual([
      'DP-140',
      'DP-142',
      'DP-143',
      'DP-144',
      'DP-146',
      'DP-147',
      'DP-151',
      'DP-155',
      'DP-156',
      'DP-157',
      'DP-158',
    ]);
  });

  it('[DP-143] [DP-144] is met by a loop whose agents run out of time, since it goes on with defaults', () => {
    const slow = factsOf((id, role, i, a) =>
      a === 1 ? { ending: 'timeout', result: null } : passing(id, role, i, a),
    );
    expect(stateOf('DP-143', slow)).toBe('met');
    expect(stateOf('DP-144', slow)).toBe('met');
  });

  it('[DP-154] is not met where approvals were bypassed', () => {
    expect(
      stateOf('DP-154', {
        ...good,
        state: { ...good.state, config: { ...good.state.config, permission: 'full' } },
      }),
    ).toBe('not met');
  });
});

import { describe, expect, it } from 'vitest';
import { passing, startedLoop, type TestLoop } from '../../domain/loop/test-loop.ts';
import type { AttemptStanding } from '../../ports/agent-runtime.ts';
import { survivalLines, survivalSummary, survivalTitle } from './survival-lines.ts';
import { fatesOf, type FoundAttempt, type RecoveryFacts, type Survival } from './survival.ts';

const WHO = 'implementer-1';
const STANDINGS: readonly AttemptStanding[] = [
  { kind: 'starting' },
  { kind: 'running', pid: 7 },
  { kind: 'finished', ending: 'completed' },
  { kind: 'gone' },
];

const found = (standing: AttemptStanding, change: Partial<FoundAttempt> = {}): FoundAttempt => ({
  agentId: WHO,
  iteration: 1,
  attempt: 1,
  repair: false,
  standing,
  ...change,
});

/** A loop whose implementer is due, and has been journaled as started or not. */
function implementing(started: boolean): TestLoop {
  const loop = startedLoop();
  for (let effect = loop.effects[0]; effect; effect = loop.effects[0]) {
    if (effect.kind === 'run-agent') {
      if (started) loop.startAgent(effect);
      return loop;
    }
    loop.answer(effect, { agent: passing });
  }
  throw new Error('no agent is due');
}

function fates(
  loop: TestLoop,
  attempts: readonly FoundAttempt[],
  settled: RecoveryFacts['settled'] = [],
): readonly string[] {
  if (!loop.state) throw new Error('not started');
  return fatesOf({ state: loop.state, settled, attempts, worktrees: [] }).map(({ fate }) => fate);
}

describe('what survived', () => {
  it.each([true, false])('of an attempt that the loop waits for (journaled as started: %s)', (started) => {
    const loop = implementing(started);
    const all = STANDINGS.map((standing) => fates(loop, [found(standing)]));
    expect(all).toEqual([['starting'], ['adopted'], ['finished'], ['lost']]);
  });

  it('of an attempt whose repair round was started: that round stands for both', () => {
    const loop = implementing(true);
    const first = found({ kind: 'finished', ending: 'completed' });
    for (const standing of STANDINGS) {
      const both = fatesOf({
        state: loop.state!,
        settled: [],
        attempts: [first, found(standing, { repair: true })],
        worktrees: [],
      });
      expect(both).toMatchObject([{ repair: true }]);
    }
  });

  it('of attempts that the loop is done with: only what still runs, and what came late', () => {
    const loop = implementing(true);
    const effect = loop.effects[0];
    if (effect?.kind !== 'run-agent') throw new Error('no agent is due');
    loop.endAgent(effect, { ending: 'lost' });
    const lost = [{ agentId: WHO, iteration: 1, attempt: 1, ending: 'lost' as const }];
    expect(STANDINGS.map((standing) => fates(loop, [found(standing)], lost))).toEqual([
      [],
      ['superseded'],
      ['late'],
      [],
    ]);
    const done = [{ agentId: WHO, iteration: 1, attempt: 1, ending: 'completed' as const }];
    expect(fates(loop, [found({ kind: 'finished', ending: 'completed' })], done)).toEqual([]);
    // The next one is due already.
    expect(fates(loop, [found({ kind: 'running', pid: 8 }, { attempt: 2 })], lost)).toEqual(['adopted']);
  });

  it('of an agent that was started but not journaled when the loop was stopped: it is ended', () => {
    const loop = implementing(false);
    loop.send({ kind: 'stop' });
    expect(fates(loop, [found({ kind: 'running', pid: 7 })])).toEqual(['superseded']);
    const known = implementing(true);
    known.send({ kind: 'stop' });
    expect(fates(known, [found({ kind: 'running', pid: 7 })])).toEqual(['adopted']);
  });
});

describe('its report', () => {
  const survival: Survival = {
    taskId: 'sum',
    iteration: 2,
    at: 0,
    attempts: [
      { agentId: 'a', iteration: 2, attempt: 1, repair: false, fate: 'adopted', pid: 7, ending: null },
      {
        agentId: 'b',
        iteration: 2,
        attempt: 1,
        repair: false,
        fate: 'finished',
        pid: null,
        ending: 'timeout',
      },
      { agentId: 'c', iteration: 2, attempt: 2, repair: false, fate: 'lost', pid: null, ending: null },
      { agentId: 'd', iteration: 2, attempt: 1, repair: true, fate: 'lost', pid: null, ending: null },
      { agentId: 'e', iteration: 1, attempt: 1, repair: false, fate: 'late', pid: null, ending: 'completed' },
    ],
    worktrees: [
      { agentId: 'a', path: '/w/a', standing: 'half-made' },
      { agentId: 'b', path: '/w/b', standing: 'missing' },
    ],
    checkoutsRemoved: 2,
    processesEnded: 1,
    problems: ['worktree of c: git is broken'],
  };

  it('is a fact a line', () => {
    expect(survivalTitle(survival)).toBe('What survived of the loop sum, in iteration 2:');
    expect(survivalLines(survival)).toEqual([
      'a, attempt 1: still running (pid 7), adopted',
      'b, attempt 1: finished while nobody looked (timeout), its result counts',
      'c, attempt 2: lost, runs again as attempt 3',
      'd, attempt 1, repair round: lost, counts as no result',
      'e, attempt 1 of iteration 1: its result came late and changes nothing',
      'worktree of a: was half made, is made anew (/w/a)',
      'worktree of b: is missing, is made again (/w/b)',
      'processes of test or set-up commands ended: 1',
      'checkouts that nobody used any more, removed: 2',
      'worktree of c: git is broken',
    ]);
  });

  it('is one sentence in a notification', () => {
    expect(survivalSummary(survival)).toBe(
      'Took up the loop sum again; agents: 1 still running, 1 finished meanwhile, 2 lost.',
    );
    expect(survivalSummary({ ...survival, attempts: [] })).toBe(
      'Took up the loop sum again; what was left over is put in order.',
    );
  });

  it('is empty when there is nothing to say', () => {
    const nothing = { attempts: [], worktrees: [], checkoutsRemoved: 0, processesEnded: 0, problems: [] };
    expect(survivalLines({ ...survival, ...nothing })).toEqual([]);
  });
});

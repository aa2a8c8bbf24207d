import { describe, expect, it } from 'vitest';
import type { LoopConfig } from '../loop/config.ts';
import type { AgentResult, Decision, Finding } from '../loop/model.ts';
import {
  implementer,
  owner,
  passing,
  startedLoop,
  testConfig,
  validator,
  type Answers,
} from '../loop/test-loop.ts';
import type { ReviewItem } from '../review/review.ts';
import { comment, finding, reviewedLoop, reviewOf, type Found } from '../review/test-threads.ts';
import { calibrate } from './calibration.ts';
import { predictionsOf } from './outcomes.ts';
import { verdictOf, type PersonVerdict } from './person-verdict.ts';

const sureOwner = (decision: Decision, confidence = 0.9): { readonly result: AgentResult } => ({
  result: {
    role: 'product-owner',
    decision,
    reason: 'because',
    confidence,
    feedback: decision === 'ITERATE' ? ['again'] : [],
    deferred: [],
  },
});

const critical = (proof?: string): Finding => ({
  severity: 'critical',
  text: 'the token is not checked',
  ...(proof === undefined ? {} : { proof }),
});

const crewOf = (...ids: readonly string[]): LoopConfig['crew'] => [
  ...ids.map((id) => ({ id, role: 'implementer', program: { kind: 'preset', preset: 'demo' } }) as const),
  ...testConfig.crew.filter(({ role }) => role !== 'implementer'),
];

/** `agent iteration claimed held` of every claim. */
function told(
  answers: Partial<Answers>,
  { home = null, config = {} }: { home?: PersonVerdict; config?: Partial<LoopConfig> } = {},
): readonly string[] {
  const loop = startedLoop(config);
  loop.run({ agent: passing, ...answers });
  return lines(loop.events, home);
}

const lines = (events: Parameters<typeof predictionsOf>[0], home: PersonVerdict = null): readonly string[] =>
  predictionsOf(events, home).map(
    ({ agentId, iteration, claimed, held }) => `${agentId} ${iteration} ${claimed} ${held}`,
  );

const HAPPY: Answers['agent'] = (_id, role) =>
  role === 'implementer' ? implementer(0.92) : role === 'validator' ? validator(0.95) : sureOwner('PROCEED');

it('counts approvals that nothing shows to have looked, beside what became of them', () => {
  const loop = startedLoop({ adversarialRate: 0 });
  const looked = { files: 0, other: 0, ms: 60_000, said: null };
  loop.run({
    agent: (id, role, iteration, attempt) =>
      id === 'validator-1'
        ? { ...validator(0.95), looked }
        : id === 'validator-2'
          ? { ...validator(0.95), looked: { ...looked, files: 1 } }
          : HAPPY(id, role, iteration, attempt),
  });
  const claims = predictionsOf(loop.events, 'rejected').filter(({ role }) => role === 'validator');
  expect(claims.map(({ agentId, held, marked = false }) => [agentId, held, marked])).toEqual([
    ['validator-1', false, true],
    ['validator-2', false, false],
    // How it looked is not known, which is no reproach.
    ['validator-3', false, false],
  ]);
  expect(calibrate(claims)).toMatchObject([{ role: 'validator', runs: 3, marked: 1 }]);
});

describe('what became of claims', () => {
  it('is told of the implementer by the evidence, and of those who judge by a person alone', () => {
    expect(told({ agent: HAPPY })).toStrictEqual([
      'implementer-1 1 0.92 true',
      'validator-1 1 0.95 null',
      'validator-2 1 0.95 null',
      'validator-3 1 0.95 null',
      'product-owner 1 0.9 null',
    ]);
  });

  it.each(['kept', 'rejected'] as const)('is for all that a person %s the result', (home) => {
    const all = told({ agent: HAPPY }, { home });
    expect(all).toHaveLength(5);
    for (const line of all) expect(line).toMatch(home === 'kept' ? / true$/ : / false$/);
  });

  it('is not told where nobody claimed anything', () => {
    const none = told({
      agent: (id, role) =>
        role === 'product-owner' ? owner('PROCEED') : id === 'validator-3' ? {} : passing(id, role, 1, 1),
    });
    expect(none).toStrictEqual([
      'implementer-1 1 0.92 true',
      'validator-1 1 0.95 null',
      'validator-2 1 0.95 null',
    ]);
  });

  it('is against an implementer whose evidence failed, also before the loop has ended', () => {
    const loop = startedLoop({ maxIterations: 2 });
    const answers: Answers = { agent: HAPPY, evidence: (at) => (at === 1 ? { status: 'failed' } : {}) };
    while (loop.state?.current?.number !== 2) loop.answer(loop.effects[0]!, answers);
    expect(lines(loop.events)).toStrictEqual(['implementer-1 1 0.92 false']);
    loop.run(answers);
    expect(lines(loop.events).slice(0, 2)).toStrictEqual([
      'implementer-1 1 0.92 false',
      'implementer-1 2 0.92 true',
    ]);
  });

  it('[L-01] is against an implementer that was sure of nothing', () => {
    const nothing = { integrated: () => ({ agents: [], differsFromBase: false, differsFromStart: false }) };
    expect(told({ agent: HAPPY, ...nothing })[0]).toBe('implementer-1 1 0.92 false');
  });

  it('is open where validators alone stood against the work', () => {
    const doubted: Answers['agent'] = (id, role, at) =>
      role === 'validator' && at === 1 ? validator(0.4) : HAPPY(id, role, at, 1);
    expect(told({ agent: doubted }).slice(0, 5)).toStrictEqual([
      'implementer-1 1 0.92 null',
      'validator-1 1 0.4 null',
      'validator-2 1 0.4 null',
      'validator-3 1 0.4 null',
      'implementer-1 2 0.92 true',
    ]);
  });

  it('is for an implementer that was too modest for the gate', () => {
    const modest: Answers['agent'] = (id, role, at) =>
      role === 'implementer' && at === 1 ? implementer(0.5) : HAPPY(id, role, at, 1);
    expect(told({ agent: modest })[0]).toBe('implementer-1 1 0.5 true');
  });

  const claims =
    (score: number): Answers['agent'] =>
    (id, role, at) =>
      id === 'validator-2' && at === 1
        ? validator(score, [], [critical('$ npm run check')])
        : HAPPY(id, role, at, 1);
  const runsProofs = { config: { runsProofs: true } } as const;

  it('is against everybody who trusted in work with a proven fault', () => {
    expect(told({ agent: claims(0.3), claims: () => 'proven' }, runsProofs).slice(0, 4)).toStrictEqual([
      'implementer-1 1 0.92 false',
      'validator-1 1 0.95 false',
      'validator-2 1 0.3 false',
      'validator-3 1 0.95 false',
    ]);
  });

  it('is against a validator whose own claim was refuted', () => {
    const refuted = told({ agent: claims(0.3), claims: () => 'refuted' }, runsProofs);
    expect(refuted.slice(0, 4)).toStrictEqual([
      'implementer-1 1 0.92 null',
      'validator-1 1 0.95 null',
      'validator-2 1 0.3 true',
      'validator-3 1 0.95 null',
    ]);
    expect(told({ agent: claims(0.3), claims: () => 'unusable' }, runsProofs)[2]).toBe(
      'validator-2 1 0.3 null',
    );
  });

  it('is told of each racer by the evidence of its own work', () => {
    const raced = told(
      { agent: HAPPY, evidence: (_at, id) => (id === 'b' ? { status: 'failed', passRate: 0.5 } : {}) },
      { config: { crew: crewOf('a', 'b', 'c') } },
    );
    const mine = raced.filter((line) => /^[abc] /.test(line));
    expect(mine).toStrictEqual(['a 1 0.92 true', 'b 1 0.92 false', 'c 1 0.92 true']);
  });

  it('is open for work that could not be combined', () => {
    const conflict = {
      integrated: (at: number) =>
        at === 1 ? { agents: ['a'], conflicts: [{ agentId: 'b', with: ['a'], files: ['x'] }] } : {},
    };
    const both = told(
      { agent: HAPPY, ...conflict },
      { config: { strategy: 'split', crew: crewOf('a', 'b') } },
    );
    expect(both.slice(0, 2)).toStrictEqual(['a 1 0.92 true', 'b 1 0.92 null']);
  });

  it('names the program that did the work, also when another one took its place', () => {
    const loop = startedLoop();
    const answers: Answers = { agent: HAPPY, evidence: (at) => (at === 1 ? { status: 'failed' } : {}) };
    while (!loop.state?.current?.evidence) loop.answer(loop.effects[0]!, answers);
    const program = { kind: 'preset', preset: 'claude', model: 'opus' } as const;
    loop.send({ kind: 'retry-agent', agentId: 'implementer-1', program });
    loop.run(answers);
    const mine = predictionsOf(loop.events, null).filter(({ role }) => role === 'implementer');
    expect(mine.map(({ preset, model, held }) => [preset, model, held])).toStrictEqual([
      ['demo', null, false],
      ['claude', 'opus', true],
    ]);
  });
});

describe('what a person decided', () => {
  function decided(recommended: Decision, decision: Decision, home: PersonVerdict = null): readonly string[] {
    const loop = startedLoop({ decidedBy: 'agent-then-person', maxIterations: 1 });
    const answers: Answers = {
      agent: (id, role, at) => (role === 'product-owner' ? sureOwner(recommended) : HAPPY(id, role, at, 1)),
    };
    loop.run(answers);
    loop.send({ kind: 'decide', decision, reason: 'I say so', feedback: ['again'], confirm: [] });
    loop.run(answers);
    return lines(loop.events, home);
  }
  const ownerOf = (all: readonly string[]) => all.find((line) => line.startsWith('product-owner'));

  it.each([
    ['PROCEED', 'PROCEED', null, true],
    ['PROCEED', 'PROCEED', 'rejected', false],
    ['PROCEED', 'ABORT', null, false],
    ['ABORT', 'PROCEED', null, false],
    ['ABORT', 'ABORT', null, true],
    ['ITERATE', 'PROCEED', null, false],
  ] as const)(
    'says of a product owner that recommends %s, when it is %s and the result is %s: %s',
    (said, made, home, held) => {
      expect(ownerOf(decided(said, made, home))).toBe(`product-owner 1 0.9 ${held}`);
    },
  );

  it('says of the work that it is good, or is not', () => {
    expect(decided('PROCEED', 'PROCEED').slice(0, 2)).toStrictEqual([
      'implementer-1 1 0.92 true',
      'validator-1 1 0.95 true',
    ]);
    expect(decided('PROCEED', 'ABORT').slice(0, 2)).toStrictEqual([
      'implementer-1 1 0.92 false',
      'validator-1 1 0.95 false',
    ]);
  });
});

describe('what a person said in a review', () => {
  const SEVERE = { 1: { 'validator-2': [finding({ severity: 'critical' })] } };
  /** Held by the consensus of the other two, and open: nobody has decided yet. */
  function reviewed(item: Partial<ReviewItem>, found: Found = SEVERE): readonly string[] {
    const loop = reviewedLoop(found);
    const review = reviewOf(1, comment({ id: '1.validator-2.1', ...item }));
    expect(loop.send({ kind: 'send-review', review })).toBeNull();
    return lines(loop.events);
  }

  it('counts a critical finding that the person agrees with as a fault of the work', () => {
    expect(reviewed({ kind: 'finding-accepted' })).toStrictEqual([
      'implementer-1 1 0.95 false',
      'validator-1 1 0.95 false',
      'validator-2 1 0.5 false',
      'validator-3 1 0.95 false',
    ]);
    const mild = { 1: { 'validator-2': [finding({ severity: 'warning' })] } };
    expect(reviewed({ kind: 'finding-accepted' }, mild)[0]).toBe('implementer-1 1 0.95 null');
  });

  it('counts one that the person dismissed against the validator that scored low for it', () => {
    expect(reviewed({ kind: 'finding-dismissed', text: 'it is a port' })).toStrictEqual([
      'implementer-1 1 0.95 null',
      'validator-1 1 0.95 null',
      'validator-2 1 0.5 true',
      'validator-3 1 0.95 null',
    ]);
  });

  it('leaves open what became of work of which a part was kept', () => {
    const loop = reviewedLoop({});
    const rejected = comment({ id: 'h1', kind: 'rejected', text: 'never' });
    const review = { ...reviewOf(1, rejected), revised: 'revised-1' };
    expect(loop.send({ kind: 'send-review', review })).toBeNull();
    const proceed = { kind: 'decide', decision: 'PROCEED', reason: '', feedback: [] } as const;
    expect(loop.send({ ...proceed, confirm: ['revised-1'] })).toBeNull();
    loop.run({ agent: passing });
    const all = lines(loop.events, 'kept');
    expect(all).toHaveLength(4);
    for (const line of all) expect(line).toMatch(/ null$/);
  });
});

describe("the verdict of a person's steps", () => {
  it.each([
    ['nothing', [], null],
    ['a merge', [['merge', 'done']], 'kept'],
    ['changed files in the working tree', [['apply', 'done']], 'kept'],
    ['a discard', [['discard', 'done']], 'rejected'],
    ['a merge that was undone', [['squash', 'undone']], 'rejected'],
    ['a discard that was undone', [['discard', 'undone']], null],
    [
      'another way in its place',
      [
        ['rebase', 'done'],
        ['merge', 'undone'],
      ],
      'kept',
    ],
    [
      'a discard after a merge that was undone',
      [
        ['discard', 'done'],
        ['merge', 'undone'],
      ],
      'rejected',
    ],
    ['a push', [['push', 'done']], null],
    ['a merge that was cut off', [['merge', 'dropped']], null],
  ] as const)('after %s', (_title, steps, verdict) => {
    expect(verdictOf(steps.map(([way, state]) => ({ way, state })))).toBe(verdict);
  });
});

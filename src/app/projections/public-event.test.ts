import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { implementer, passing, startedLoop, validator, type Answers } from '../../domain/loop/test-loop.ts';
import type { EvidenceFact } from '../../domain/loop/events.ts';
import type { TestLoop } from '../../domain/loop/test-loop.ts';
import { createPublisher } from '../live-handle.ts';
import type { PublicEvent } from './public-event.ts';

const share = z.number().min(0).max(1);
const text = z.string().min(1);
const iso = z.iso.datetime();
const wait = z.enum(['decision', 'budget', 'quorum', 'question', 'evidence', 'outside']);
const exit = {
  agentId: text,
  attempt: z.int().min(1),
  exitCode: z.int().nullable(),
  ending: text,
  lingered: z.boolean(),
  defaulted: z.boolean(),
  tokens: z.strictObject({ input: z.int(), cachedInput: z.int(), output: z.int() }).nullable(),
  costUsd: z.number().nullable(),
};

/** The published fields, field by field; whatever else an event carries is free. */
const FIELDS: Readonly<Record<string, z.ZodType>> = {
  LoopStarted: z.looseObject({
    mode: z.enum(['mvp', 'standard', 'enterprise']),
    gateThreshold: share,
    consensusThreshold: share,
    maxIterations: z.int(),
    baseCommit: text,
    strategy: z.enum(['split', 'race']),
  }),
  TransferPoint: z.looseObject({
    point: z.int().min(1).max(7),
    key: text,
    sha256: text,
    verified: z.boolean(),
  }),
  AgentStarted: z.looseObject({
    agentId: text,
    role: z.enum(['implementer', 'validator', 'product-owner']),
    attempt: z.int().min(1),
    pid: z.int(),
    worktree: text,
    branch: text.nullable(),
  }),
  AgentExited: z.union([
    z.looseObject({
      ...exit,
      role: z.literal('implementer'),
      confidence: share,
      score: z.never().optional(),
      decision: z.never().optional(),
    }),
    z.looseObject({
      ...exit,
      role: z.literal('validator'),
      score: share,
      confidence: z.never().optional(),
      decision: z.never().optional(),
    }),
    z.looseObject({
      ...exit,
      role: z.literal('product-owner'),
      decision: z.enum(['PROCEED', 'ITERATE', 'ABORT']),
      confidence: z.never().optional(),
      score: z.never().optional(),
    }),
  ]),
  Integrated: z.looseObject({ commit: text, agents: z.array(text), conflicts: z.array(z.unknown()) }),
  EvidenceCollected: z.looseObject({
    run: z.enum(['base', 'left', 'restored']),
    commit: text,
    command: text,
    status: z.enum(['passed', 'failed', 'unavailable', 'unconfirmed']),
    passed: z.int(),
    failed: z.int(),
    skipped: z.int(),
    passRate: share.nullable(),
    baseline: share.nullable(),
    protectedFilesChanged: z.array(text),
  }),
  GateChecked: z.looseObject({
    passed: z.boolean(),
    threshold: share,
    actualConfidence: share,
    evidence: z.enum(['passed', 'failed', 'unavailable', 'unconfirmed', 'none']),
    reasons: z.array(text),
  }),
  ConsensusChecked: z.looseObject({
    passed: z.boolean(),
    threshold: share,
    score: share.nullable(),
    votes: z.array(z.looseObject({ agentId: text, score: share.nullable() })),
    vetoes: z.array(text),
    dissent: z.array(text),
  }),
  DecisionMade: z.looseObject({
    decision: z.enum(['PROCEED', 'ITERATE', 'ABORT']),
    by: text,
    reason: text,
    defaulted: z.boolean(),
  }),
  LoopWaiting: z.looseObject({ for: wait, since: iso }),
  LoopPaused: z.looseObject({ for: wait.nullable(), since: iso }),
  LoopResumed: z.looseObject({ for: wait.nullable(), since: iso }),
  LoopFinished: z.looseObject({
    outcome: z.enum(['PROCEED', 'ABORT', 'EXHAUSTED', 'CANCELLED', 'BUDGET']),
    iterations: z.int().min(0),
    branch: text.nullable(),
    commit: text.nullable(),
    mergedToMain: z.boolean(),
    stopReason: text,
  }),
};

const envelope = z.looseObject({
  type: z.enum(Object.keys(FIELDS)),
  taskId: z.literal('task-001'),
  iteration: z.int().min(0),
  at: iso,
  correlation: z.string().regex(/^[A-Za-z-]+:iter-\d+:\d+$/),
});

function published(loop: TestLoop): readonly PublicEvent[] {
  const events: PublicEvent[] = [];
  createPublisher((event) => events.push(event))(loop.events);
  return events;
}

/** A loop that fails its gate once, misses its quorum, is paused, waits, and proceeds. */
function eventful(): TestLoop {
  const loop = startedLoop({ decidedBy: 'agent-then-person' });
  const answers: Answers = {
    agent: (id, role, i, a) => {
      if (role === 'implementer') return implementer(i === 1 ? 0.5 : 0.93);
      return id === 'validator-3' && a === 1 ? { result: null } : passing(id, role, i, a);
    },
  };
  loop.run(answers);
  loop.send({ kind: 'pause', now: false });
  loop.send({ kind: 'unpause' });
  loop.send({ kind: 'decide', decision: 'PROCEED', reason: 'good', feedback: [], confirm: [] });
  loop.run(answers);
  return loop;
}

const fact = (run: EvidenceFact['run'], commit: string): EvidenceFact => ({
  run,
  commit,
  command: 'npm test',
  status: 'passed',
  passed: 3,
  failed: 0,
  skipped: 1,
  passRate: 1,
  baseline: null,
  protectedFilesChanged: [],
});

describe('public events', () => {
  it('have every field of their type, and a common envelope', () => {
    const events = published(eventful());
    for (const event of events) {
      expect(envelope.safeParse(event).error?.issues).toBeUndefined();
      expect({ type: event.type, issues: FIELDS[event.type]?.safeParse(event).error?.issues }).toEqual({
        type: event.type,
        issues: undefined,
      });
    }
    const seen = new Set(events.map((event) => event.type));
    expect(Object.keys(FIELDS).filter((type) => !seen.has(type))).toEqual(['EvidenceCollected']);
  });

  it('tell the end of each wait, also of one that a decision ends, and of a pause without a reason', () => {
    const loop = startedLoop({ decidedBy: 'person' });
    loop.send({ kind: 'pause', now: false });
    loop.send({ kind: 'unpause' });
    loop.run({ agent: passing });
    const decide = { kind: 'decide', reason: '', confirm: [] } as const;
    loop.send({ ...decide, decision: 'ITERATE', feedback: ['again'] });
    loop.run({ agent: passing });
    loop.report({ type: 'OutsideChanged', changes: ['it changed'], guarded: false });
    loop.send({ ...decide, decision: 'PROCEED', feedback: [] });
    loop.send({ ...decide, decision: 'PROCEED', feedback: [] });
    const told = published(loop).filter(({ type }) => /^Loop(Paused|Waiting|Resumed)|^Decision/.test(type));
    expect(told.map((event) => [event.type, event['decision'] ?? event['for']])).toEqual([
      ['LoopPaused', null],
      ['LoopResumed', null],
      ['LoopWaiting', 'decision'],
      ['DecisionMade', 'ITERATE'],
      ['LoopResumed', 'decision'],
      ['LoopWaiting', 'decision'],
      ['DecisionMade', 'PROCEED'],
      ['LoopResumed', 'decision'],
      ['LoopWaiting', 'outside'],
      ['LoopResumed', 'outside'],
    ]);
  });

  it('tell what an agent asks and what came of it, also where it ended before', () => {
    const loop = startedLoop();
    while (loop.effects[0]?.kind !== 'run-agent') loop.answer(loop.effects[0]!, { agent: passing });
    const run = loop.effects[0];
    loop.startAgent(run);
    const { agentId } = run;
    for (const id of ['q1', 'q2', 'q3']) {
      const question = { id, at: 0, text: `${id}?`, choices: ['A'] };
      loop.send({ kind: 'note-question', agentId, attempt: 1, question });
    }
    loop.send({ kind: 'answer-question', agentId, questionId: 'q2', answer: 'A' });
    loop.send({ kind: 'withdraw-question', agentId, attempt: 1, questionId: 'q3' });
    loop.endAgent(run, { ending: 'completed' });
    const told = published(loop).filter((event) => event['for'] === 'question');
    const about = { role: 'implementer', agentId, attempt: 1 };
    expect(told).toMatchObject([
      { ...about, type: 'LoopWaiting', since: '1970-01-01T00:00:00.000Z', questionId: 'q1', question: 'q1?' },
      { questionId: 'q2', choices: ['A'], message: `${agentId} asks: q2?` },
      { questionId: 'q3' },
      { ...about, type: 'LoopResumed', questionId: 'q2', answer: 'A' },
      { type: 'LoopResumed', questionId: 'q3', answer: null },
      { type: 'LoopResumed', questionId: 'q1', answer: null },
    ]);
    for (const event of told) expect(FIELDS[event.type]?.safeParse(event).success).toBe(true);
  });

  it('tell no end of a wait where an agent decided without one', () => {
    const loop = startedLoop();
    loop.run({ agent: passing });
    const types = published(loop).map((event) => event.type);
    expect(types).toContain('DecisionMade');
    expect(types).not.toContain('LoopResumed');
  });

  it('tell that a loop is queued, and why it began', () => {
    const queued = startedLoop({ queued: true });
    expect(published(queued)).toMatchObject([
      { type: 'LoopStarted' },
      { type: 'LoopQueued', since: expect.any(String) as unknown },
    ]);
    queued.send({ kind: 'start-now' });
    expect(published(queued).at(-1)).toMatchObject({ type: 'LoopDequeued', by: 'person' });
  });

  it('tell evidence once for each command and run', () => {
    const loop = startedLoop();
    loop.report({ type: 'BaseEstablished', facts: [fact('base', 'b')], outside: null });
    while (loop.effects[0] && loop.effects[0].kind !== 'collect-evidence')
      loop.answer(loop.effects[0], { agent: passing });
    loop.report({
      type: 'EvidenceJudged',
      iteration: 1,
      facts: [fact('left', 'c'), fact('restored', 'c')],
      judgement: {
        commit: 'c',
        status: 'passed',
        reasons: [],
        feedback: [],
        unconfirmedFiles: [],
        preparationFailed: false,
        passRate: 1,
      },
    });
    const evidence = published(loop).filter((event) => event.type === 'EvidenceCollected');
    expect(evidence.map((event) => [event['run'], event['iteration']])).toEqual([
      ['base', 0],
      ['left', 1],
      ['restored', 1],
    ]);
    for (const event of evidence) expect(FIELDS['EvidenceCollected']?.safeParse(event).success).toBe(true);
  });

  it.each([
    ['implementer', 'confidence', 0],
    ['validator', 'score', 0],
    ['product-owner', 'decision', 'ABORT'],
  ] as const)(
    '[DP-041] carry the safe default of a %s without a vote, marked as defaulted',
    (role, field, value) => {
      const loop = startedLoop({ maxIterations: 1 });
      loop.run({ agent: (id, of, i, a) => (of === role ? { result: null } : passing(id, of, i, a)) });
      const exited = published(loop).find((event) => event.type === 'AgentExited' && event['role'] === role);
      expect(exited).toMatchObject({ defaulted: true, [field]: value });
    },
  );

  it('[X-06] [X-07] announce the seven points once for each iteration: the sixth when both hand-overs are there', () => {
    const points = (loop: TestLoop, iteration: number) =>
      published(loop).flatMap((event) =>
        event.type === 'TransferPoint' && event['iteration'] === iteration ? [event['point']] : [],
      );
    const loop = startedLoop();
    loop.run({
      agent: (id, role, i, a) => (role === 'validator' && i === 1 ? validator(0.5) : passing(id, role, i, a)),
    });
    expect(points(loop, 1)).toEqual([1, 2, 3, 4, 5]);
    expect(points(loop, 2)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('[X-06] call the sixth point unverified when either hand-over is', () => {
    for (const broken of ['reviewer', 'product-owner']) {
      const loop = startedLoop();
      for (let due = loop.effects[0]; due; due = loop.effects[0]) {
        if (due.kind === 'write-transfer-point' && due.part === broken) {
          const { iteration, point, part } = due;
          loop.report({
            type: 'TransferPointWritten',
            iteration,
            point,
            part,
            key: 'k',
            sha256: 'a',
            verified: false,
          });
        } else loop.answer(due, { agent: passing });
      }
      const sixth = published(loop).filter((event) => event.type === 'TransferPoint' && event['point'] === 6);
      expect(sixth).toMatchObject([{ verified: false }]);
    }
  });
});

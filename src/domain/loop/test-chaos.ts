/** A loop under arbitrary commands and answers: what is done next is read from a tape of numbers. */
import type { LoopConfig } from './config.ts';
import type { Command } from './commands.ts';
import type { Effect } from './effects.ts';
import type { AgentExit, EvidenceJudgement } from './events.ts';
import { CONSENSUS_RULES, DECISIONS, ENDINGS, ROLES, type Role } from './model.ts';
import { REVIEW_ITEM_KINDS, type Review, type ReviewItem } from '../review/review.ts';
import { threadsOf } from '../review/thread.ts';
import { iterations, type LoopState } from './state.ts';
import {
  implementer,
  owner,
  passing,
  startedLoop,
  testConfig,
  validator,
  type Answers,
  type TestLoop,
} from './test-loop.ts';

export class Tape {
  private at = 0;
  private readonly numbers: readonly number[];

  constructor(numbers: readonly number[]) {
    this.numbers = numbers;
  }

  get over(): boolean {
    return this.at >= this.numbers.length;
  }

  below(limit: number): number {
    const number = this.numbers[this.at] ?? 0;
    this.at += 1;
    return number % limit;
  }

  of<const T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }

  /** True once in so many times. */
  rarely(times: number): boolean {
    return this.below(times) === 1;
  }
}

const EDIT = {
  description: 'Do that',
  confidence: 0.9,
  failedFor: ['no'],
  feedback: ['yes'],
  critical: ['bad'],
};
const OTHER = { kind: 'preset', preset: 'other' } as const;
const QUESTION = { id: 'q1', at: 0, text: 'Which?', choices: ['A', 'B'] };
export const FILES = ['test/a.test.ts', 'package.json'];

export function chaosConfig(tape: Tape): LoopConfig {
  const count = (role: Role, number: number) =>
    Array.from({ length: number }, (_, index) => ({
      id: `${role}-${index + 1}`,
      role,
      program: { kind: 'preset' as const, preset: 'demo' },
    }));
  const decidedBy = tape.of(['agent', 'agent', 'person', 'agent-then-person']);
  return {
    ...testConfig,
    crew: [
      ...count('implementer', 1 + tape.below(3)),
      ...count('validator', 1 + tape.below(3)),
      {
        id: 'owner',
        role: 'product-owner',
        program: decidedBy === 'person' ? null : { kind: 'preset', preset: 'demo' },
      },
    ],
    decidedBy,
    strategy: tape.of(['race', 'split']),
    evidence: tape.rarely(4) ? [] : ['npm test'],
    maxIterations: 1 + tape.below(6),
    maxParallelAgents: 1 + tape.below(3),
    maxAgentRuns: 2 + tape.below(30),
    budgetUsd: tape.rarely(3) ? 5 : null,
    onBudget: tape.of(['pause', 'stop']),
    ...(tape.rarely(2)
      ? { prices: ROLES.map((role) => ({ preset: 'demo', role, usd: tape.below(3) })) }
      : {}),
    ...(tape.rarely(2) ? { onStall: tape.of(['pause', 'stop']) } : {}),
    ...(tape.rarely(4) ? { queued: true } : {}),
    ...(tape.rarely(2) ? { runsProofs: true } : {}),
    ...(tape.rarely(2) ? { adversarialRate: tape.of([0.5, 1]) } : {}),
    ...(tape.rarely(3) ? { consensusRule: tape.of(CONSENSUS_RULES) } : {}),
  };
}

const exitOf = (tape: Tape, role: Role): Partial<AgentExit> => ({
  ending: tape.rarely(4) ? tape.of(ENDINGS) : 'completed',
  costUsd: tape.rarely(9) ? null : tape.below(3),
  ...(tape.rarely(6) ? { result: null, resultError: 'no block' } : resultOf(tape, role)),
  ...(role === 'implementer' && tape.rarely(6) ? { files: [] } : {}),
});

const CLAIM = { severity: 'critical', text: 'it leaks', proof: '$ ./leaks' } as const;

function resultOf(tape: Tape, role: Role): Partial<AgentExit> {
  const figure = tape.of([0.95, 1, 0.9, 0.75, 0.3]);
  switch (role) {
    case 'implementer':
      return implementer(figure);
    case 'validator':
      return validator(figure, tape.rarely(2) ? FILES : [], tape.rarely(8) ? [CLAIM] : undefined);
    case 'product-owner':
      return owner(tape.of(DECISIONS), ['more']);
  }
}

const judgementOf = (tape: Tape): Partial<EvidenceJudgement> => {
  const status = tape.of(['passed', 'passed', 'unconfirmed', 'failed', 'unavailable']);
  return {
    status,
    reasons: status === 'passed' ? [] : [`it ${status}`],
    unconfirmedFiles: status === 'unconfirmed' ? FILES.slice(0, 1 + tape.below(2)) : [],
    preparationFailed: status === 'unavailable' && tape.rarely(2),
  };
};

/** Answers as the tape says; with work that merges, or conflicts, or changes nothing. */
export function chaosAnswers(tape: Tape): Answers {
  return {
    agent: (_id, role) => exitOf(tape, role),
    evidence: () => judgementOf(tape),
    claims: () => tape.of(['proven', 'refuted', 'unusable']),
    integrated: () => ({
      tree: `tree-${tape.below(4)}`,
      ...(tape.rarely(5) ? { differsFromStart: false, differsFromBase: tape.rarely(2) } : {}),
    }),
  };
}

const revisionsOf = (state: LoopState | null): readonly string[] =>
  (state?.reviews ?? []).flatMap(({ revised }) => revised ?? []);

/** Of a commit of the loop, or of none; with items that fit its threads, and some that do not. */
function reviewOf(tape: Tape, state: LoopState | null): Review {
  const threads = state ? threadsOf(state) : [];
  const commits = (state ? iterations(state) : []).flatMap(({ integrated }) => integrated?.commit ?? []);
  const commit = tape.rarely(9) ? 'unknown' : (commits[tape.below(2)] ?? commits.at(-1) ?? 'unknown');
  const number = state?.reviews.length ?? 0;
  const judged = threads[tape.below(Math.max(1, threads.length))]?.id ?? 'none';
  const items = Array.from({ length: tape.below(4) }, (_, index): ReviewItem => {
    const kind = tape.of(REVIEW_ITEM_KINDS);
    const own = kind === 'comment' || kind === 'accepted' || kind === 'rejected';
    const id = own ? `item-${number}-${index}` : judged;
    const place = { file: 'a.ts', line: 1 + tape.below(9), endLine: null, quote: 'let a;' };
    return { id, kind, ...place, text: `say ${id}`, ...(tape.rarely(4) && own ? { thread: judged } : {}) };
  });
  return { commit, revised: tape.rarely(3) ? `revised-${number}` : null, items };
}

function aboutQuestion(tape: Tape): Command {
  const of = { agentId: 'implementer-1', attempt: 1 + tape.below(2), questionId: 'q1' };
  const commands: readonly [Command, ...Command[]] = [
    { ...of, kind: 'note-question', question: QUESTION },
    { ...of, kind: 'answer-question', answer: 'A' },
    { ...of, kind: 'withdraw-question' },
  ];
  return tape.of(commands);
}

function steering(tape: Tape, state: LoopState | null): Command {
  const decide = (): Command => ({
    kind: 'decide',
    decision: tape.of(DECISIONS),
    reason: '',
    feedback: tape.rarely(3) ? [] : ['do it right'],
    confirm: tape.rarely(2) ? [...FILES, ...revisionsOf(state)] : [],
  });
  const commands: readonly [() => Command, ...(() => Command)[]] = [
    decide,
    decide,
    decide,
    () => ({ kind: 'pause', now: false }),
    () => ({ kind: 'pause', now: true }),
    () => ({ kind: 'unpause' }),
    () => ({ kind: 'unpause' }),
    () => ({ kind: 'add-feedback', items: ['use argon2'] }),
    () => ({ kind: 'send-review', review: reviewOf(tape, state) }),
    () => ({ kind: 'send-review', review: reviewOf(tape, state) }),
    () => ({ kind: 'continue' }),
    () => ({ kind: 'start-now' }),
    () => (tape.rarely(6) ? { kind: 'stop' } : { kind: 'unpause' }),
    () => ({ kind: 'set-breakpoints', points: tape.rarely(2) ? [] : [1 + tape.below(7)] }),
    () => ({ kind: 'release', edit: tape.rarely(3) ? EDIT : null }),
    () => ({
      kind: 'change-thresholds',
      thresholds: { gate: tape.of([0.5, 0.9]), maxIterations: 1 + tape.below(4) },
    }),
    () => ({ kind: 'retry-agent', agentId: 'implementer-1', program: tape.rarely(2) ? null : OTHER }),
    () => ({ kind: 'leave-agent', agentId: 'implementer-1' }),
    () => ({ kind: 'suspect-agent', agentId: 'implementer-1', message: 'no output' }),
    () => aboutQuestion(tape),
    () => ({
      kind: 'nudge-agent',
      agentId: 'implementer-1',
      text: 'Hurry',
      interrupt: tape.rarely(2),
      by: tape.of(['person', 'loop']),
    }),
    () => ({
      kind: 'stop-agent',
      agentId: 'implementer-1',
      again: tape.rarely(2),
      by: 'person',
      reason: 'stuck',
    }),
  ];
  return tape.of(commands)();
}

export class Chaos {
  readonly loop: TestLoop;
  private readonly tape: Tape;
  private readonly answers: Answers;
  private readonly seen: Effect[] = [];

  constructor(tape: Tape) {
    this.tape = tape;
    this.answers = chaosAnswers(tape);
    this.loop = startedLoop(chaosConfig(tape));
  }

  /** One thing that may happen: an answer, a part of one, one that comes late or twice, or a person. */
  move(): void {
    const { loop, tape } = this;
    this.seen.push(...loop.effects);
    const due = loop.effects[tape.below(Math.max(1, loop.effects.length))];
    const old = this.seen[tape.below(Math.max(1, this.seen.length))];
    switch (loop.state?.waiting && tape.rarely(2) ? 0 : tape.below(9)) {
      case 0:
        loop.send(steering(tape, loop.state));
        return;
      case 1:
        if (old) loop.answer(old, this.answers);
        return;
      case 2:
        if (old?.kind === 'run-agent') loop.startAgent(old);
        return;
      case 3:
        if (old?.kind === 'run-agent') loop.endAgent(old, exitOf(tape, old.role));
        return;
      case 4:
        if (due?.kind === 'run-agent') loop.startAgent(due);
        return;
      case 5:
        if (tape.rarely(12))
          loop.report({ type: 'OutsideChanged', changes: ['it changed'], guarded: tape.rarely(2) });
        return;
      default:
        if (due) loop.answer(due, this.answers);
    }
  }

  /** Lets everything that is under way come to its end, with good work. */
  settle(): void {
    this.loop.send({ kind: 'unpause' });
    this.loop.run({ agent: passing });
  }

  /** A person who goes past everything that the loop waits for, until it ends. */
  agreeToEverything(): void {
    for (let turns = 0; turns < 100 && this.loop.state?.waiting; turns++) {
      const confirm = [...FILES, ...revisionsOf(this.loop.state)];
      this.loop.send({ kind: 'decide', decision: 'PROCEED', reason: '', feedback: [], confirm });
      this.settle();
    }
  }
}

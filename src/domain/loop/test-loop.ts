/** A loop driven by hand: answers outstanding effects the way a test says. */
import type { Fault } from '../adversarial/fault.ts';
import { correlationKey } from '../correlation.ts';
import type { LoopConfig } from './config.ts';
import type { Command, Rejection, Report } from './commands.ts';
import { step, type Stamp } from './decide.ts';
import { outstanding, type Effect } from './effects.ts';
import type { AgentExit, EvidenceJudgement, LoopEvent } from './events.ts';
import type { AgentResult, Finding, Role } from './model.ts';
import type { Proof } from '../proofs.ts';
import type { LoopState } from './state.ts';

export const testConfig: LoopConfig = {
  taskId: 'task-001',
  description: 'Implement authentication',
  requirements: ['JWT', 'Password hashing'],
  acceptance: [],
  deliverables: [],
  priority: 'high',
  mode: 'standard',
  gateThreshold: 0.75,
  consensusThreshold: 0.9,
  maxIterations: 10,
  strategy: 'race',
  parts: [],
  crew: [
    { id: 'implementer-1', role: 'implementer', program: { kind: 'preset', preset: 'demo' } },
    { id: 'validator-1', role: 'validator', program: { kind: 'preset', preset: 'demo' } },
    { id: 'validator-2', role: 'validator', program: { kind: 'preset', preset: 'demo' } },
    { id: 'validator-3', role: 'validator', program: { kind: 'preset', preset: 'demo' } },
    { id: 'product-owner', role: 'product-owner', program: { kind: 'preset', preset: 'demo' } },
  ],
  decidedBy: 'agent',
  evidence: ['npm test'],
  baseCommit: 'base',
  prefix: '',
  totalLimitMs: null,
  idleLimitMs: 300_000,
  maxAttempts: 2,
  maxAgentRuns: 50,
  maxParallelAgents: 8,
  budgetUsd: null,
  onBudget: 'pause',
  runtime: 'process',
  permission: 'edits',
};

export const judgement = (change: Partial<EvidenceJudgement> = {}): EvidenceJudgement => ({
  commit: 'c1',
  status: 'passed',
  reasons: [],
  feedback: [],
  unconfirmedFiles: [],
  preparationFailed: false,
  passRate: 1,
  ...change,
});

export interface Answers {
  /** By agent id, then role; the attempt and iteration are given. */
  readonly agent: (agentId: string, role: Role, iteration: number, attempt: number) => Partial<AgentExit>;
  readonly evidence?: (iteration: number, agentId: string | null) => Partial<EvidenceJudgement>;
  /** `refuted` where it is missing. */
  readonly claims?: (command: string) => Proof['outcome'];
  /** Null: none can be placed. */
  readonly faults?: null;
  readonly integrated?: (iteration: number) => Partial<Report & { type: 'Integrated' }>;
}

export const FAULT: Fault = {
  file: 'src/a.ts',
  line: 12,
  kind: 'negated',
  before: '  if (token === null) return err();',
  after: '  if (token !== null) return err();',
};

export const implementer = (confidence: number): { readonly result: AgentResult } => ({
  result: { role: 'implementer', confidence, summary: '', files: [], issues: [] },
});
export const validator = (
  score: number,
  confirmed: readonly string[] = [],
  findings: readonly Finding[] = score < 0.9 ? [{ severity: 'warning', text: 'too slow' }] : [],
): { readonly result: AgentResult } => ({
  result: {
    role: 'validator',
    score,
    findings,
    confirmed,
  },
});
export const owner = (
  decision: 'PROCEED' | 'ITERATE' | 'ABORT',
  feedback: readonly string[] = [],
): { readonly result: AgentResult } => ({
  result: { role: 'product-owner', decision, reason: 'because', feedback, deferred: [] },
});

export const exitWith = (change: Pick<AgentExit, 'agentId' | 'role'> & Partial<AgentExit>): AgentExit => ({
  attempt: 1,
  ending: 'completed',
  lingered: false,
  exitCode: 0,
  result: null,
  resultError: null,
  failure: null,
  commit: null,
  files: change.role === 'implementer' ? [{ path: 'a.ts', added: 3, removed: 1 }] : [],
  usage: null,
  costUsd: 0,
  folder: '/f',
  ...change,
});

export class TestLoop {
  state: LoopState | null = null;
  readonly events: LoopEvent[] = [];
  private now = 1_000;

  private readonly stamp: Stamp = (body, iteration) => ({
    ...body,
    taskId: 'task-001',
    iteration,
    at: (this.now += 1),
    correlation: correlationKey(body.type, iteration, this.now),
  });

  send(command: Command): Rejection | null {
    const result = step(this.state, command, this.stamp);
    if (!result.ok) return result.error;
    this.state = result.value.state;
    this.events.push(...result.value.events);
    return null;
  }

  report(report: Report): void {
    this.send({ kind: 'report', report });
  }

  get effects(): readonly Effect[] {
    return this.state ? outstanding(this.state) : [];
  }

  types(): readonly string[] {
    return this.events.map((event) => event.type);
  }

  last<T extends LoopEvent['type']>(type: T): (LoopEvent & { type: T }) | undefined {
    return this.events.findLast((event): event is LoopEvent & { type: T } => event.type === type);
  }

  /** Answers effects until none is left: the loop ended or waits for a person. */
  run(answers: Answers): void {
    for (let turns = 0; turns < 2_000; turns++) {
      const effect = this.effects[0];
      if (!effect) return;
      this.answer(effect, answers);
    }
    throw new Error('The loop does not come to an end');
  }

  answer(effect: Effect, answers: Answers): void {
    switch (effect.kind) {
      case 'await-day':
        return this.report({ type: 'DayBudgetFreed', day: effect.reached.day });
      case 'await-turn':
        return this.report({ type: 'LoopDequeued', by: 'turn' });
      case 'establish-base':
        return this.report({ type: 'BaseEstablished', facts: [], outside: null });
      case 'prepare-iteration':
        return this.report({ type: 'WorktreesPrepared', iteration: effect.iteration, worktrees: [] });
      case 'write-transfer-point':
        return this.report({
          type: 'TransferPointWritten',
          iteration: effect.iteration,
          point: effect.point,
          part: effect.part,
          key: `key-${effect.point}`,
          sha256: 'aa',
          verified: true,
        });
      case 'run-agent':
        this.startAgent(effect);
        return this.endAgent(
          effect,
          answers.agent(effect.agentId, effect.role, effect.iteration, effect.attempt),
        );
      case 'judge-candidate':
        return this.report({
          type: 'CandidateJudged',
          iteration: effect.iteration,
          agentId: effect.agentId,
          facts: [],
          judgement: judgement({
            commit: effect.commit,
            ...answers.evidence?.(effect.iteration, effect.agentId),
          }),
        });
      case 'integrate':
        return this.report({
          type: 'Integrated',
          iteration: effect.iteration,
          commit: `integrated-${effect.iteration}`,
          agents: effect.commits.map((commit) => commit.agentId),
          conflicts: [],
          differsFromBase: effect.commits.length > 0,
          differsFromStart: effect.commits.length > 0,
          ...answers.integrated?.(effect.iteration),
        });
      case 'collect-evidence':
        return this.report({
          type: 'EvidenceJudged',
          iteration: effect.iteration,
          facts: [],
          judgement: judgement({ commit: effect.commit, ...answers.evidence?.(effect.iteration, null) }),
        });
      case 'seed-faults':
        return this.seedFaults(effect, answers);
      case 'judge-claims':
        return this.report({
          type: 'ClaimsJudged',
          iteration: effect.iteration,
          proofs: effect.claims.map((claim) => ({
            ...claim,
            outcome: answers.claims?.(claim.command) ?? 'refuted',
            detail: 'It ended.',
          })),
        });
      case 'finish':
        return this.report({
          type: 'LoopFinished',
          outcome: effect.outcome,
          stopReason: effect.stopReason,
          iterations: this.state?.current?.number ?? 0,
          branch: null,
          commit: effect.commit,
          mergedToMain: false,
          finalPoint: { point: 7, part: 'main', key: 'key-7', sha256: 'aa', verified: true },
        });
    }
  }

  private seedFaults({ iteration, agentIds }: Effect & { kind: 'seed-faults' }, { faults }: Answers): void {
    const probes = agentIds.map((agentId) => ({
      agentId,
      seeded: faults === null ? null : { commit: `seeded-${agentId}`, fault: FAULT },
    }));
    this.report({ type: 'FaultsSeeded', iteration, probes });
  }

  startAgent(effect: Effect & { kind: 'run-agent' }): void {
    this.report({
      type: 'AgentStarted',
      iteration: effect.iteration,
      agentId: effect.agentId,
      role: effect.role,
      attempt: effect.attempt,
      pid: 1,
      worktree: '/w',
      branch: null,
      folder: '/f',
    });
  }

  endAgent(effect: Effect & { kind: 'run-agent' }, change: Partial<AgentExit>): void {
    const { iteration, agentId, role, attempt } = effect;
    const commit = role === 'implementer' ? `commit-${agentId}-${iteration}-${attempt}` : null;
    this.report({
      type: 'AgentExited',
      iteration,
      exit: exitWith({ agentId, role, attempt, commit, ...change }),
    });
  }
}

/** A loop that was started, with the given configuration changes. */
export function startedLoop(change: Partial<LoopConfig> = {}): TestLoop {
  const loop = new TestLoop();
  loop.send({ kind: 'start', config: { ...testConfig, ...change } });
  return loop;
}

/** A loop whose first agent has just begun to work. */
export function workingLoop(): { readonly loop: TestLoop; readonly run: Effect & { kind: 'run-agent' } } {
  const loop = startedLoop();
  const effect = () => loop.effects[0]!;
  while (effect().kind !== 'run-agent') loop.answer(effect(), { agent: passing });
  const run = effect() as Effect & { kind: 'run-agent' };
  loop.startAgent(run);
  return { loop, run };
}

export const passing: Answers['agent'] = (_id, role) =>
  role === 'implementer' ? implementer(0.92) : role === 'validator' ? validator(0.95) : owner('PROCEED');

import { ok, type Result } from '../base/result.ts';
import { deferredIn } from '../domain/backlog.ts';
import type { AttachmentSource } from '../domain/loop/attachment.ts';
import type { Continuation, EarlierTask, LoopConfig } from '../domain/loop/config.ts';
import { iterations, type LoopState } from '../domain/loop/state.ts';
import type { Settings } from '../protocol/settings.ts';
import type { LoopDeps } from './loop-deps.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';
import type { SettingsLayer } from './resolve-start.ts';
import { readLoop } from './stored-loop.ts';

/** What a loop takes over from the finished one that it goes on from. */
export interface Inheritance {
  readonly continuesTask: Continuation;
  /** Comes before the user's and the repository's settings. */
  readonly layer: SettingsLayer;
  /** Its attached files, which the new loop gets too. */
  readonly attach: readonly AttachmentSource[];
}

/** Agents are told of so many loops before the last one. */
const TOLD_BEFORE = 5;

/** What is taken over from a finished loop; a sentence where it has no result to go on from. */
export async function inheritFrom(
  deps: Pick<LoopDeps, 'store' | 'repository' | 'attachments'>,
  taskId: string,
): Promise<Result<Inheritance, LoopError>> {
  const stored = await readLoop(deps.store, taskId);
  if (!stored.ok) return stored;
  const { state } = stored.value;
  const { config, phase } = state;
  if (phase.kind !== 'finished') {
    return fail(
      'state',
      `The loop ${config.taskId} has not ended; give it feedback (cfn feedback), or stop it first.`,
    );
  }
  const { commit } = phase.event;
  if (commit === null) {
    return fail(
      'state',
      `The loop ${config.taskId} ended without a result, so there is nothing to continue.`,
    );
  }
  const there = await deps.repository.resolve(commit);
  if (!there.ok) {
    return fail(
      'state',
      `The result ${commit.slice(0, 12)} of ${config.taskId} is no longer in the repository.`,
    );
  }
  return ok({
    continuesTask: continuationOf(state, commit),
    attach: deps.attachments.sourcesOf(config.taskId, config.attachments ?? []),
    layer: {
      settings: settingsOf(config),
      label: (name) => `${name} of ${config.taskId}`,
      crew: { members: config.crew, decidedBy: config.decidedBy },
    },
  });
}

function continuationOf(state: LoopState, commit: string): Continuation {
  const { config } = state;
  const earlier = config.continuesTask;
  const decision = iterations(state).findLast((record) => record.decision)?.decision;
  const before = earlier ? [...earlier.before, told(earlier)] : [];
  return {
    taskId: config.taskId,
    description: config.description,
    outcome: state.phase.kind === 'finished' ? state.phase.event.outcome : 'CANCELLED',
    reason: decision?.reason ?? '',
    deferred: deferredIn(state).map(({ text }) => text),
    commit,
    firstBase: earlier?.firstBase ?? config.baseCommit,
    before: before.slice(-TOLD_BEFORE),
  };
}

const told = ({ taskId, description, outcome, reason }: EarlierTask): EarlierTask => ({
  taskId,
  description,
  outcome,
  reason,
});

/** Where agents work and how many at once is the front's and the machine's matter, so neither is among them. */
function settingsOf(config: LoopConfig): Settings {
  return {
    mode: config.mode,
    gate: config.gateThreshold,
    consensus: config.consensusThreshold,
    consensusRule: config.consensusRule ?? 'mean',
    iterations: config.maxIterations,
    strategy: config.strategy,
    evidence: [...config.evidence],
    idleTimeout: Math.round(config.idleLimitMs / 1000),
    onBudget: config.onBudget,
    ...(config.coverageThreshold === undefined ? {} : { coverage: config.coverageThreshold }),
    mutationSample: config.mutationSample ?? 0,
    ...(config.mutationScore === undefined ? {} : { mutationScore: config.mutationScore }),
    ...(config.onStall ? { onStall: config.onStall } : {}),
    adversarialRate: config.adversarialRate ?? 0,
    proceedPolicy: config.proceedPolicy ?? 'judged',
    reportBy: config.reportBy ?? 'auto',
    agentMcp: config.agentMcp ?? true,
    priority: config.priority,
    maxAgentRuns: config.maxAgentRuns,
    permission: config.permission,
    // Empty where it had everything, whatever the user's own settings say.
    sparse: [...(config.sparse ?? [])],
    skills: [...(config.skills ?? [])],
    // It begins at the result, whatever the user's own settings say of the checkout.
    includeDirty: false,
    ...(config.totalLimitMs === null ? {} : { timeout: Math.round(config.totalLimitMs / 1000) }),
    ...(config.budgetUsd === null ? {} : { budget: config.budgetUsd }),
    ...(config.budgetWarning === undefined ? {} : { budgetWarning: config.budgetWarning }),
  };
}

import type { AgentExit } from '../../domain/loop/events.ts';
import type { Effect } from '../../domain/loop/effects.ts';
import { currentSlots, type LoopState } from '../../domain/loop/state.ts';
import type { ResultRecord } from '../../protocol/attempt.ts';
import type { AgentSlot } from '../../ports/agent-slots.ts';
import type { Checkout } from '../../ports/worktrees.ts';
import { isDetached, type LoopScope } from '../loop-deps.ts';
import type { EffectContext } from '../loop-session.ts';
import type { OutsideWatch } from '../outside-watch.ts';
import { earlierStart } from './earlier-start.ts';
import { discardAttachments, launchAttempt, type Attempt } from './launch.ts';
import { repairResult } from './repair.ts';
import { finishedRecord } from './finished-record.ts';
import { placeFor, settlePlace } from './workplace.ts';

type RunAgent = Effect & { kind: 'run-agent' };

/**
 * One attempt from its start, or from wherever an earlier process left it, to its exit. The record on disk
 * decides: where there is one, nothing is started again.
 */
export async function runAgent(
  scope: LoopScope,
  effect: RunAgent,
  context: EffectContext,
  outside: OutsideWatch,
): Promise<void> {
  const { taskId } = scope.config;
  const { iteration, agentId, attempt } = effect;
  const folder = scope.folders.folder({ taskId, iteration, agentId, attempt, repair: false });
  const known = (await earlierStart(scope, folder))?.worktree ?? null;
  const slot = await slotFor(scope, { effect, folder, started: known !== null }, context);
  try {
    await runInSlot({ scope, effect, context, outside }, folder, known);
  } finally {
    await (isDetached(context.signal) ? slot.leave() : slot.release());
  }
}

interface Run {
  readonly scope: LoopScope;
  readonly effect: RunAgent;
  readonly context: EffectContext;
  readonly outside: OutsideWatch;
}

/** Waits until this machine may run one agent more, and says so. */
async function slotFor(
  scope: LoopScope,
  {
    effect,
    folder,
    started,
  }: { readonly effect: RunAgent; readonly folder: string; readonly started: boolean },
  context: EffectContext,
): Promise<AgentSlot> {
  const slot = await scope.agentSlots.acquire(
    { folder, started },
    ({ running, limit, ahead }) => {
      const line = ahead === 0 ? 'next in line' : `${ahead} ahead`;
      context.progress(
        `${effect.agentId} waits for a slot: ${running} of ${limit} agents run on this machine, ${line}`,
      );
    },
    context.signal,
  );
  context.progress(null);
  return slot;
}

async function runInSlot(
  { scope, effect, context, outside }: Run,
  folder: string,
  known: string | null,
): Promise<void> {
  const { iteration } = effect;
  const place = await placeFor(scope, effect, context, known);
  const started: Attempt = { effect, folder, place, repair: null };
  if (!known) await launchOrClear(scope, started, context);
  await announce(scope, started, context);

  const record = await finishedRecord(scope, folder, context.signal);
  if (record === null) return;
  await tellOutside(outside, context);
  const { lost, ...settled } = await settlePlace(scope, started, context.state());
  const final =
    lost === null
      ? await withRepair(scope, started, { record, commit: settled.commit }, context)
      : withoutPlace(record, lost);
  if (final === null) return;
  if (isRepairable(record)) await tellOutside(outside, context);
  await discard(scope, place.checkout);
  await discardAttachments(scope, started);
  const exit: AgentExit = { ...exitOf(effect, folder, record, final), ...settled };
  await context.report({ type: 'AgentExited', iteration, exit });
}

/** A full disk may come before the start; it is tried again, in another place. */
async function launchOrClear(scope: LoopScope, attempt: Attempt, context: EffectContext): Promise<void> {
  try {
    await launchAttempt(scope, attempt, context);
  } catch (error) {
    if ((await earlierStart(scope, attempt.folder)) === null) await discard(scope, attempt.place.checkout);
    throw error;
  }
}

/** What changed outside is told before the exit, so that it counts for everyone who was running. */
async function tellOutside(outside: OutsideWatch, context: EffectContext): Promise<void> {
  for (const change of await outside.look()) await context.report(change);
}

async function announce(scope: LoopScope, attempt: Attempt, context: EffectContext): Promise<void> {
  const { effect, folder, place } = attempt;
  if (isRunning(context.state(), effect)) return;
  const pid = await pidOf(scope, folder, context.signal);
  await context.report({
    type: 'AgentStarted',
    iteration: effect.iteration,
    agentId: effect.agentId,
    role: effect.role,
    attempt: effect.attempt,
    pid,
    worktree: place.path,
    branch: place.branch,
    folder,
  });
}

/** Null too when the work was called off meanwhile: the agent was started all the same and has to be ended. */
async function pidOf(scope: LoopScope, folder: string, signal: AbortSignal): Promise<number | null> {
  try {
    return await scope.watch.agentPid(folder, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    return null;
  }
}

function isRunning(state: LoopState, effect: RunAgent): boolean {
  return currentSlots(state).some(
    (slot) =>
      slot.agentId === effect.agentId && slot.attempt === effect.attempt && slot.state.kind === 'running',
  );
}

/** Completed without a valid result: it gets one repair round. */
const isRepairable = (record: ResultRecord | 'lost'): record is ResultRecord =>
  record !== 'lost' && record.ending === 'completed' && record.result === null;

async function withRepair(
  scope: LoopScope,
  attempt: Attempt,
  { record, commit }: { readonly record: ResultRecord | 'lost'; readonly commit: string | null },
  context: EffectContext,
): Promise<ResultRecord | 'lost' | null> {
  if (!isRepairable(record) || context.signal.aborted) return record;
  const repaired = await repairResult(scope, attempt, { record, commit }, context);
  if (isDetached(context.signal)) return null;
  if (repaired === null) return record;
  const spent = { ...record, ...addUsage(record, repaired) };
  return repaired.result ? { ...spent, result: repaired.result, resultError: null } : spent;
}

function withoutPlace(record: ResultRecord | 'lost', failure: string): ResultRecord | 'lost' {
  return record === 'lost' || record.ending !== 'completed'
    ? record
    : { ...record, ending: 'failed', failure };
}

function addUsage(first: ResultRecord, second: ResultRecord): Pick<ResultRecord, 'usage' | 'costUsd'> {
  const usage =
    first.usage && second.usage
      ? {
          input: first.usage.input + second.usage.input,
          cachedInput: first.usage.cachedInput + second.usage.cachedInput,
          output: first.usage.output + second.usage.output,
        }
      : (first.usage ?? second.usage);
  const known = first.costUsd !== null && second.costUsd !== null;
  return {
    usage,
    costUsd: known ? (first.costUsd ?? 0) + (second.costUsd ?? 0) : (first.costUsd ?? second.costUsd),
  };
}

function exitOf(
  effect: RunAgent,
  folder: string,
  first: ResultRecord | 'lost',
  record: ResultRecord | 'lost',
): Omit<AgentExit, 'commit' | 'files'> {
  const who = { agentId: effect.agentId, role: effect.role, attempt: effect.attempt, folder };
  if (first === 'lost' || record === 'lost') {
    return {
      ...who,
      ending: 'lost',
      lingered: false,
      exitCode: null,
      result: null,
      resultError: null,
      failure: 'the process is gone and left no record',
      usage: null,
      costUsd: null,
    };
  }
  return {
    ...who,
    ending: record.ending,
    lingered: record.lingered,
    exitCode: record.exitCode,
    result: record.result,
    resultError: record.resultError,
    failure: record.failure,
    usage: record.usage,
    costUsd: record.costUsd,
  };
}

async function discard(scope: LoopScope, checkout: Checkout | null): Promise<void> {
  if (checkout) await scope.task.discard(checkout);
}

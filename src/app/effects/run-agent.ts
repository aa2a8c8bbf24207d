import { reservationFor } from '../../domain/loop/budget.ts';
import type { AgentExit } from '../../domain/loop/events.ts';
import type { Effect } from '../../domain/loop/effects.ts';
import { currentSlots, type LoopState } from '../../domain/loop/state.ts';
import type { ResultRecord } from '../../protocol/attempt.ts';
import type { DayReservation } from '../../ports/day-budget.ts';
import type { AgentSlot } from '../../ports/agent-slots.ts';
import { holdWords, waitsForWords } from '../agents/account-words.ts';
import { newsOf, tellWhileItRuns } from '../agents/account-news.ts';
import type { AgentStart } from '../../ports/agent-runtime.ts';
import type { Checkout } from '../../ports/worktrees.ts';
import { isDetached, type LoopScope } from '../loop-deps.ts';
import type { EffectContext } from '../loop-session.ts';
import type { OutsideWatch } from '../outside-watch.ts';
import { earlierStart } from './earlier-start.ts';
import { discardAttachments, launchAttempt, programOf, type Attempt } from './launch.ts';
import { lookOf } from './look-of.ts';
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
  const started = known !== null;
  const day = await reserveToday(scope, { effect, folder, started }, context);
  if (day === null) return;
  try {
    const slot = await slotFor(scope, { effect, folder, started }, context);
    try {
      await runInSlot({ scope, effect, context, outside, slot, day }, folder, known);
    } finally {
      scope.placed.delete(agentId);
      await (isDetached(context.signal) ? slot.leave() : slot.release());
    }
  } finally {
    await day.drop();
  }
}

/** Sets the run's price aside of what all loops may cost today; null where that is spent, which the loop then knows. */
async function reserveToday(
  scope: LoopScope,
  { effect, folder, started }: Asked,
  context: EffectContext,
): Promise<DayReservation | null> {
  const { iteration, agentId, role, attempt } = effect;
  const state = context.state();
  const { usd } = reservationFor(state, effect);
  let waited = false;
  const reserved = await scope.dayBudget.reserve(
    { folder, usd, passed: state.dayPassed, started },
    ({ spentUsd, limitUsd }) => {
      waited = true;
      context.progress(
        `${agentId} waits for others to end: $${spentUsd.toFixed(2)} of $${limitUsd.toFixed(2)} are spent today, and the rest is set aside`,
      );
    },
    context.signal,
  );
  if (waited) context.progress(null);
  if (!('day' in reserved)) return reserved;
  await context.report({ type: 'DayBudgetReached', iteration, agentId, role, attempt, ...reserved });
  return null;
}

interface Run {
  readonly scope: LoopScope;
  readonly effect: RunAgent;
  readonly context: EffectContext;
  readonly outside: OutsideWatch;
  readonly slot: AgentSlot;
  readonly day: DayReservation;
}

interface Asked {
  readonly effect: RunAgent;
  readonly folder: string;
  /** The agent was started before. */
  readonly started: boolean;
}

/** Waits until this machine, and the account at the agent's provider, take one agent more, and says so. */
async function slotFor(
  scope: LoopScope,
  { effect, folder, started }: Asked,
  context: EffectContext,
): Promise<AgentSlot> {
  const account = await scope.agentAccount(programOf(scope.config, effect.agentId));
  const slot = await scope.agentSlots.acquire(
    { folder, started, account },
    ({ running, limit, ahead, hold }) => {
      const line = ahead === 0 ? 'next in line' : `${ahead} ahead`;
      const why =
        account !== null && hold !== undefined
          ? `${effect.agentId} is held: ${holdWords(account.name, hold, scope.clock.now())}`
          : `${effect.agentId} waits for a slot: ${running} of ${limit} agents run on this machine, ${line}`;
      context.progress(why);
      const isHeld = account !== null && hold !== undefined;
      context.hold(effect.agentId, isHeld ? waitsForWords(account.name, hold, scope.clock.now()) : null);
    },
    context.signal,
  );
  context.hold(effect.agentId, null);
  context.progress(null);
  return slot;
}

async function runInSlot(
  { scope, effect, context, outside, slot, day }: Run,
  folder: string,
  known: string | null,
): Promise<void> {
  const { iteration } = effect;
  const place = await placeFor(scope, effect, context, known);
  await day.started();
  const started: Attempt = { effect, folder, place, repair: null };
  if (!known) await launchOrClear(scope, started, context);
  await announce(scope, started, context);

  const stopTelling = tellWhileItRuns(scope, folder, slot);
  const record = await finishedRecord(scope, folder, context.signal).finally(stopTelling);
  if (record === null) return;
  const news = newsOf(record);
  if (news !== null) await slot.tell(news);
  await tellOutside(outside, context);
  const { lost, ...settled } = await settlePlace(scope, started, context.state());
  const final =
    lost === null
      ? await withRepair({ scope, slot }, started, { record, commit: settled.commit }, context)
      : withoutPlace(record, lost);
  if (final === null) return;
  if (isRepairable(record)) await tellOutside(outside, context);
  const looked = await lookOf(scope, { effect, folder, record }, context);
  await discard(scope, place.checkout);
  await discardAttachments(scope, started);
  await day.settle(final === 'lost' ? null : final.costUsd);
  const exit: AgentExit = { ...exitOf(effect, folder, record, final), ...settled, ...looked };
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
  const started = await startOf(scope, folder, context.signal);
  await context.report({
    type: 'AgentStarted',
    iteration: effect.iteration,
    agentId: effect.agentId,
    role: effect.role,
    attempt: effect.attempt,
    pid: null,
    ...started,
    worktree: place.path,
    branch: place.branch,
    folder,
  });
}

/** Null too when the work was called off meanwhile: the agent was started all the same and has to be ended. */
async function startOf(scope: LoopScope, folder: string, signal: AbortSignal): Promise<AgentStart | null> {
  try {
    return await scope.watch.agentStart(folder, signal);
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
  { scope, slot }: Pick<Run, 'scope' | 'slot'>,
  attempt: Attempt,
  { record, commit }: { readonly record: ResultRecord | 'lost'; readonly commit: string | null },
  context: EffectContext,
): Promise<ResultRecord | 'lost' | null> {
  if (!isRepairable(record) || context.signal.aborted) return record;
  const repaired = await repairResult(scope, attempt, { record, commit, slot }, context);
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

import type { LoopEvent } from '../../domain/loop/events.ts';
import type { LoopState } from '../../domain/loop/state.ts';
import type { LedgerEntry } from '../../ports/journal.ts';
import { TTL_SECONDS } from '../../protocol/keys.ts';
import type { LoopDeps, LoopScope } from '../loop-deps.ts';
import { projectKeys, scopeOf } from '../loop-scope.ts';
import { sparseOf } from '../sparse.ts';
import type { StoredLoop } from '../stored-loop.ts';
import { reclaimContainers, releaseNetworks } from './reclaim-containers.ts';
import { survivalLines } from './survival-lines.ts';
import {
  fatesOf,
  sameAttempt,
  type FoundAttempt,
  type FoundWorktree,
  type RecoveryFacts,
  type Survival,
  type SurvivingAttempt,
} from './survival.ts';

/** Name of the loop's file that keeps what was found, the newest last. */
const KEPT_AS = 'survived';
const KEPT = 20;
/** A cancelled runner still writes its record. */
const CANCEL_DEADLINE_MS = 20_000;

/**
 * Compares journal and ledger with what is on the machine after whoever ran the loop is gone, and ends or removes
 * what the loop has no use for. What it goes on with is left to the effects. Null when there was nothing to say.
 */
export async function recoverLoop(
  scope: LoopScope,
  state: LoopState,
  events: readonly LoopEvent[],
): Promise<Survival | null> {
  const problems: string[] = [];
  const { taskId } = scope.config;
  const entries = await scope.ledger.entries(taskId);
  const attempts = await findAttempts(scope, entries);
  const worktrees = await findWorktrees(scope, state, { entries, attempts, problems });
  const fates = fatesOf({ state, settled: settledIn(events), attempts, worktrees });
  await endSuperseded(scope, attempts, fates);
  await reclaimContainers(scope, scope.config);
  const survival: Survival = {
    taskId,
    iteration: state.current?.number ?? 0,
    at: scope.clock.now(),
    attempts: fates,
    worktrees,
    processesEnded: await endCommands(scope, entries),
    checkoutsRemoved: await removeCheckouts(scope, { attempts, fates, problems }),
    problems,
  };
  const lines = survivalLines(survival);
  if (lines.length === 0) return null;
  for (const line of lines) scope.logger.info(`Survived: ${line}`, { taskId });
  await keep(scope, survival);
  return survival;
}

interface LedgeredAttempt extends FoundAttempt {
  readonly folder: string;
  readonly worktree: string;
}

async function findAttempts(scope: LoopScope, entries: readonly LedgerEntry[]): Promise<LedgeredAttempt[]> {
  const found: LedgeredAttempt[] = [];
  for (const entry of entries) {
    if (entry.kind !== 'attempt') continue;
    const spec = await scope.folders.spec(entry.folder);
    // Written before its ledger entry: without it nothing of this attempt can have been started.
    if (!spec || spec.runToken !== entry.runToken) continue;
    const { agentId, iteration, attempt, worktree, repair } = spec;
    const standing = await scope.watch.standing(entry.folder);
    const { folder } = entry;
    found.push({ agentId, iteration, attempt, repair: repair !== null, standing, folder, worktree });
  }
  const order = (one: LedgeredAttempt) => one.iteration * 1e6 + one.attempt;
  return found.sort((one, other) => order(one) - order(other) || one.agentId.localeCompare(other.agentId));
}

function settledIn(events: readonly LoopEvent[]): RecoveryFacts['settled'] {
  return events.flatMap((event) =>
    event.type === 'AgentExited'
      ? [
          {
            agentId: event.exit.agentId,
            iteration: event.iteration,
            attempt: event.exit.attempt,
            ending: event.exit.ending,
          },
        ]
      : [],
  );
}

interface Findings {
  readonly attempts: readonly LedgeredAttempt[];
  readonly problems: string[];
}

/** Implementers' worktrees that are not whole. Nobody's worktree is touched while its agent runs. */
async function findWorktrees(
  scope: LoopScope,
  state: LoopState,
  { entries, attempts, problems }: Findings & { readonly entries: readonly LedgerEntry[] },
): Promise<readonly FoundWorktree[]> {
  const { current, config } = state;
  if (!current) return [];
  const found: FoundWorktree[] = [];
  for (const { id } of config.crew.filter((member) => member.role === 'implementer')) {
    const made = entries.find((entry) => entry.kind === 'worktree' && entry.id.endsWith(`/${id}`));
    const busy = attempts.some(
      (attempt) => attempt.agentId === id && ['running', 'starting'].includes(attempt.standing.kind),
    );
    if (made?.kind !== 'worktree' || busy) continue;
    const request = { agentId: id, start: current.start, sparse: sparseOf(config) };
    const standing = await scope.task.recoverWorktree(request);
    if (!standing.ok) {
      problems.push(`worktree of ${id}: ${standing.error.message}`);
      continue;
    }
    // One that was about to be made for the first time is not missed.
    const expected = current.number > 1 || current.worktrees.some((each) => each.agentId === id);
    if (standing.value === 'whole' || (standing.value === 'missing' && !expected)) continue;
    scope.lostWorktrees.add(id);
    found.push({ agentId: id, path: made.path, standing: standing.value });
  }
  return found;
}

async function endSuperseded(
  scope: LoopScope,
  attempts: readonly LedgeredAttempt[],
  fates: readonly SurvivingAttempt[],
): Promise<void> {
  const superseded = attempts.filter((attempt) => fateOf(fates, attempt) === 'superseded');
  await Promise.all(
    superseded.map(async ({ folder }) => {
      await scope.watch.cancel(folder, 'the loop went on without it');
      await scope.watch
        .awaitRecord(folder, AbortSignal.timeout(CANCEL_DEADLINE_MS))
        .catch(() => 'lost' as const);
      await scope.watch.reap(folder);
    }),
  );
}

const fateOf = (fates: readonly SurvivingAttempt[], of: FoundAttempt) =>
  fates.find((fate) => sameAttempt(fate, of) && fate.repair === of.repair)?.fate;

/**
 * Whoever wrote the last event of a loop may have been killed before it had put everything away, or have ended while
 * the coordination store was not there. Does nothing while somebody holds the loop.
 */
export async function tidyEnded(deps: LoopDeps, { state, events }: StoredLoop): Promise<void> {
  const { taskId } = state.config;
  // Taking a dead holder's place removes its socket.
  const holder = await deps.store.care(taskId);
  if (!holder.ok) return;
  try {
    const scope = scopeOf(deps, state.config);
    await endCommands(deps, await deps.ledger.entries(taskId));
    await reclaimContainers(deps, state.config);
    await releaseNetworks(scope);
    const removed = await scope.task.recoverCheckouts([]);
    if (!removed.ok) throw new Error(removed.error.message);
    await scope.evidenceRunner.dispose();
    const age = deps.clock.now() - (events.at(-1)?.at ?? 0);
    // Later on nobody expects the keys of this loop to be there.
    if (age < TTL_SECONDS.coordination * 1000) await projectKeys(scope, events).catchUp();
  } catch (error) {
    deps.logger.warn(`What an ended loop left could not be put away: ${String(error)}`, { taskId });
  } finally {
    await holder.value.release();
  }
}

/** Commands have no runner that would end them: without whoever started them they go on as long as they like. */
export async function endCommands(
  { watch, ledger, containers }: Pick<LoopDeps, 'watch' | 'ledger' | 'containers'>,
  entries: readonly LedgerEntry[],
): Promise<number> {
  let ended = 0;
  for (const entry of entries) {
    if (entry.kind !== 'command') continue;
    ended += entry.engine
      ? await containers.endRun(entry.engine, entry.runToken)
      : await watch.endCarriers(entry.runToken);
    await ledger.forget(entry.id);
  }
  return ended;
}

async function removeCheckouts(
  scope: LoopScope,
  { attempts, fates, problems }: Findings & { readonly fates: readonly SurvivingAttempt[] },
): Promise<number> {
  const goingOn = new Set(['adopted', 'starting', 'finished', 'lost']);
  const inUse = attempts.filter((attempt) => goingOn.has(fateOf(fates, attempt) ?? ''));
  // The first answer's checkout is still asked about while its repair round runs.
  const kept = attempts.filter((one) => inUse.some((other) => sameAttempt(one, other)));
  const removed = await scope.task.recoverCheckouts(kept.map(({ worktree }) => worktree));
  if (removed.ok) return removed.value;
  problems.push(removed.error.message);
  return 0;
}

async function keep(scope: LoopScope, survival: Survival): Promise<void> {
  const { taskId } = scope.config;
  const before: unknown = await scope.files.read(taskId, KEPT_AS);
  const all = [...(Array.isArray(before) ? (before as readonly unknown[]) : []), survival];
  await scope.files.write(taskId, KEPT_AS, all.slice(-KEPT)).catch((error: unknown) => {
    scope.logger.warn(`What survived could not be kept: ${String(error)}`, { taskId });
  });
}

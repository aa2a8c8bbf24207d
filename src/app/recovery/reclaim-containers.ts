import type { ContainerPlan } from '../../domain/containers/plan.ts';
import type { LoopConfig } from '../../domain/loop/config.ts';
import type { LedgerEntry } from '../../ports/journal.ts';
import type { LoopDeps } from '../loop-deps.ts';

export type ReclaimDeps = Pick<
  LoopDeps,
  'containers' | 'ledger' | 'watch' | 'logger' | 'repository' | 'store'
>;

/**
 * Takes away what is left of this repository's containers and networks: an engine that was not there when its owner was killed
 * could not be told. Containers of agents at work stay, and commands of other loops, whose own recovery ends them; so do
 * networks of loops that somebody runs, or that have an agent at work. Gives how many containers went.
 */
export async function reclaimContainers(
  deps: ReclaimDeps,
  { container, taskId }: Pick<LoopConfig, 'container' | 'taskId'>,
): Promise<number> {
  if (!container) return 0;
  const { containers, ledger, logger, repository } = deps;
  const { engine } = container;
  const found = await containers.made(engine, repository.facts.id);
  if (!found.ok) {
    logger.warn(`What an earlier loop left in the container engine was not looked for: ${found.error}`);
    return 0;
  }
  const { runs, tasks } = found.value;
  if (runs.length === 0 && tasks.length === 0) return 0;
  const entries = await ledger.entries();
  let ended = 0;
  for (const runToken of runs) {
    const entry = entries.find((one) => 'runToken' in one && one.runToken === runToken);
    if (entry && (await isAtWork(entry, taskId, deps))) continue;
    ended += await containers.endRun(engine, runToken);
  }
  if (ended > 0) logger.info(`Containers that nobody owned any more were removed: ${ended}`);
  for (const task of tasks) {
    if (task === taskId || (await mayNeedNetworks(task, entries, deps))) continue;
    await releaseNetworks({ ...deps, config: { container, taskId: task } });
  }
  return ended;
}

export async function mayNeedNetworks(
  taskId: string,
  entries: readonly LedgerEntry[],
  deps: ReclaimDeps,
): Promise<boolean> {
  if (await deps.store.held(taskId)) return true;
  for (const entry of entries)
    if ('taskId' in entry && entry.taskId === taskId && (await isAtWork(entry, null, deps))) return true;
  return false;
}

/** A loop, or what runs beside loops. `container`: none where it runs on this machine. */
export interface NetworkedTask {
  readonly taskId: string;
  readonly container?: ContainerPlan | null | undefined;
}

/** Takes away its networks that nobody is in. */
export async function releaseNetworks({
  containers,
  logger,
  repository,
  config: { container, taskId },
}: Pick<LoopDeps, 'containers' | 'logger' | 'repository'> & {
  readonly config: NetworkedTask;
}): Promise<void> {
  if (!container || container.network === 'none') return;
  const removed = await containers.removeNetworks(container.engine, { owner: repository.facts.id, taskId });
  if (!removed.ok) logger.warn(`Networks of containers may be left: ${removed.error}`, { taskId });
}

/** `taskId`: whose commands are nobody's any more. */
export async function isAtWork(
  entry: LedgerEntry,
  taskId: string | null,
  { watch }: Pick<ReclaimDeps, 'watch'>,
): Promise<boolean> {
  if (entry.kind === 'attempt') {
    const { kind } = await watch.standing(entry.folder);
    return kind === 'running' || kind === 'starting';
  }
  return entry.kind === 'command' && entry.taskId !== taskId;
}

import type { EngineAddress } from '../../domain/containers/engine.ts';
import { isSuperseded, type LabelledRun } from '../../domain/containers/placement.ts';
import type { ContainerPlan } from '../../domain/containers/plan.ts';
import type { LoopConfig } from '../../domain/loop/config.ts';
import type { LedgerEntry } from '../../ports/journal.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { lookAtEngines, type EngineLook } from './look-at-engines.ts';

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
  let ended = 0;
  for (const look of await lookAtEngines(deps, container)) ended += await reclaimFrom(deps, look, taskId);
  if (ended > 0) deps.logger.info(`Containers that nobody owned any more were removed: ${ended}`);
  return ended;
}

async function reclaimFrom(deps: ReclaimDeps, { engine, made }: EngineLook, taskId: string): Promise<number> {
  const { containers, ledger } = deps;
  const { runs, tasks } = made;
  if (runs.length === 0 && tasks.length === 0) return 0;
  const entries = await ledger.entries();
  let ended = 0;
  for (const { runToken } of runs) {
    const entry = entryOf(entries, runToken);
    if (entry && (await isAtWork(entry, taskId, deps))) continue;
    ended += await containers.endRun(engine, runToken);
  }
  for (const task of tasks)
    if (task !== taskId && !(await mayNeedNetworks(task, entries, deps))) await releaseOn(deps, engine, task);
  return ended;
}

const entryOf = (entries: readonly LedgerEntry[], runToken: string): LedgerEntry | undefined =>
  entries.find((one) => 'runToken' in one && one.runToken === runToken);

/**
 * Ends what is left on nodes of a Swarm of attempts that this loop has given up: a node that was away comes back with its containers
 * still at work. Their results would not count, but they cost money and hold memory. Commands are their owners' to end. Gives the run
 * tokens of what was ended.
 */
export async function fenceAttempts(
  deps: ReclaimDeps,
  looks: readonly EngineLook[],
  holder: Pick<LabelledRun, 'taskId' | 'epoch'>,
): Promise<ReadonlySet<string>> {
  // An attempt is in the ledger before it has a container, so that whoever was seen is known by now.
  const entries = await deps.ledger.entries();
  const fenced = new Set<string>();
  for (const { engine, made } of looks)
    for (const run of made.runs) {
      const entry = entryOf(entries, run.runToken);
      const awaited =
        entry !== undefined && (entry.kind === 'command' || (await isAtWork(entry, null, deps)));
      if (!isSuperseded(run, holder, new Set(awaited ? [run.runToken] : []))) continue;
      const ended = await deps.containers.endRun(engine, run.runToken);
      if (ended > 0) deps.logger.info(`An attempt that was given up was ended on ${engine.host}.`, holder);
      fenced.add(run.runToken);
    }
  return fenced;
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
  saidOfNodes,
}: Pick<LoopDeps, 'containers' | 'logger' | 'repository'> & {
  readonly config: NetworkedTask;
  readonly saidOfNodes?: Set<string>;
}): Promise<void> {
  if (!container || container.network === 'none') return;
  const deps = { containers, logger, repository };
  if (container.place !== 'swarm') return releaseOn(deps, container.engine, taskId);
  for (const { engine, made } of await lookAtEngines(deps, container, saidOfNodes))
    if (made.tasks.includes(taskId)) await releaseOn(deps, engine, taskId);
}

async function releaseOn(
  { containers, logger, repository }: Pick<LoopDeps, 'containers' | 'logger' | 'repository'>,
  engine: EngineAddress,
  taskId: string,
): Promise<void> {
  const removed = await containers.removeNetworks(engine, { owner: repository.facts.id, taskId });
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

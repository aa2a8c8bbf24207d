import type { LoopConfig } from '../../domain/loop/config.ts';
import type { LedgerEntry } from '../../ports/journal.ts';
import type { LoopDeps } from '../loop-deps.ts';

export type ReclaimDeps = Pick<LoopDeps, 'containers' | 'ledger' | 'watch' | 'logger' | 'repository'>;

/**
 * Takes away what is left of this repository's containers: an engine that was not there when its owner was killed could not be
 * told. Containers of agents at work stay, and commands of other loops, whose own recovery ends them. Gives how many went.
 */
export async function reclaimContainers(
  { containers, ledger, watch, logger, repository }: ReclaimDeps,
  { container, taskId }: Pick<LoopConfig, 'container' | 'taskId'>,
): Promise<number> {
  if (!container) return 0;
  const { engine } = container;
  const found = await containers.runs(engine, repository.facts.id);
  if (!found.ok) {
    logger.warn(`What an earlier loop left in the container engine was not looked for: ${found.error}`);
    return 0;
  }
  if (found.value.length === 0) return 0;
  const entries = await ledger.entries();
  let ended = 0;
  for (const runToken of new Set(found.value)) {
    const entry = entries.find((one) => 'runToken' in one && one.runToken === runToken);
    if (entry && (await isAtWork(entry, taskId, watch))) continue;
    ended += await containers.endRun(engine, runToken);
  }
  if (ended > 0) logger.info(`Containers that nobody owned any more were removed: ${ended}`);
  return ended;
}

async function isAtWork(entry: LedgerEntry, taskId: string, watch: ReclaimDeps['watch']): Promise<boolean> {
  if (entry.kind === 'attempt') {
    const { kind } = await watch.standing(entry.folder);
    return kind === 'running' || kind === 'starting';
  }
  return entry.kind === 'command' && entry.taskId !== taskId;
}

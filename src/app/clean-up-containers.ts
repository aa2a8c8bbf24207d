import { LABELS } from '../domain/containers/engine.ts';
import type { ListedNetwork } from '../domain/containers/networks.ts';
import type { ListedContainer } from '../ports/container-engine.ts';
import type { LedgerEntry } from '../ports/journal.ts';
import type { OpenOwnedContainers, OwnedContainers } from '../ports/owned-containers.ts';
import type { CleanUpItem } from './clean-up.ts';
import type { LoopDeps } from './loop-deps.ts';
import { isAtWork, mayNeedNetworks } from './recovery/reclaim-containers.ts';

export interface CleanContainersDeps extends Pick<
  LoopDeps,
  'containers' | 'ledger' | 'watch' | 'logger' | 'repository' | 'store'
> {
  readonly ownedContainers: OpenOwnedContainers;
}

export interface ContainerLeftovers {
  readonly items: readonly CleanUpItem[];
  /** Takes away what may go, and gives how all of it stands then. */
  remove(): Promise<readonly CleanUpItem[]>;
}

const NOTHING: ContainerLeftovers = { items: [], remove: () => Promise.resolve([]) };

/** For an engine to list and to take away. */
const LIST_MS = 30_000;
const REMOVE_MS = 120_000;

const COMPOSE_LABEL = 'com.docker.compose.project';

/**
 * Containers and networks of this repository's label, of one task or of all; nothing without the label is looked at, nothing is
 * pruned. What an agent or a running loop uses stays.
 */
export async function containerLeftovers(
  deps: CleanContainersDeps,
  taskId: string | null,
): Promise<ContainerLeftovers> {
  const owned = await deps.ownedContainers();
  if (owned === null) return NOTHING;
  const owner = deps.repository.facts.id;
  const signal = AbortSignal.timeout(LIST_MS);
  const [containers, networks] = await Promise.all([
    owned.engine.list({ [LABELS.owner]: owner }, signal),
    owned.networks.list(signal),
  ]);
  for (const listed of [containers, networks])
    if (!listed.ok)
      deps.logger.warn(`What is left in the container engine is unknown: ${listed.error.message}`);
  const wanted = ({ labels }: Pick<ListedContainer, 'labels'>): boolean =>
    labels[LABELS.owner] === owner &&
    (taskId === null || labels[LABELS.task]?.toLowerCase() === taskId.toLowerCase());
  const entries = await deps.ledger.entries();
  const found: Found[] = [];
  for (const one of containers.ok ? containers.value.filter(wanted) : [])
    found.push({ id: one.id, item: item('container', one.name, await whyContainer(deps, one, entries)) });
  for (const one of networks.ok ? networks.value.filter(wanted) : [])
    found.push({ id: one.id, item: item('network', one.name, await whyNetwork(deps, one, entries)) });
  return {
    items: found.map((one) => one.item),
    remove: async () => {
      const left: CleanUpItem[] = [];
      for (const one of found) left.push(one.item.kept === null ? await take(owned, owner, one) : one.item);
      return left;
    },
  };
}

interface Found {
  readonly id: string;
  readonly item: CleanUpItem;
}

const item = (kind: CleanUpItem['kind'], name: string, kept: string | null): CleanUpItem => ({
  kind,
  name,
  bytes: null,
  kept,
});

/** Why it stays; null: it may go. */
async function whyContainer(
  deps: CleanContainersDeps,
  { labels }: ListedContainer,
  entries: readonly LedgerEntry[],
): Promise<string | null> {
  const run = labels[LABELS.run];
  if (run === undefined) return 'no agent or command ran in it';
  const entry = entries.find((one) => 'runToken' in one && one.runToken === run);
  if (entry?.kind === 'command')
    return (await deps.store.held(entry.taskId)) ? 'a command of its loop runs in it' : null;
  return entry && (await isAtWork(entry, null, deps)) ? 'its agent runs' : null;
}

async function whyNetwork(
  deps: CleanContainersDeps,
  { labels }: ListedNetwork,
  entries: readonly LedgerEntry[],
): Promise<string | null> {
  const task = labels[LABELS.task];
  // A loop gives the network of an agent's branch Compose's label, and the task's.
  if (task === undefined && labels[COMPOSE_LABEL] !== undefined) return 'Compose made it, and takes it down';
  const tasks = task === undefined ? await deps.store.list() : [task];
  for (const one of tasks) if (await mayNeedNetworks(one, entries, deps)) return 'its loop runs';
  return null;
}

async function take(
  { engine, networks }: OwnedContainers,
  owner: string,
  { id, item: one }: Found,
): Promise<CleanUpItem> {
  const signal = AbortSignal.timeout(REMOVE_MS);
  if (one.kind === 'container') {
    const removed = await engine.remove(id, signal);
    return removed.ok ? one : { ...one, kept: removed.error.message };
  }
  const removed = await networks.remove(id, owner, signal);
  if (!removed.ok) return { ...one, kept: removed.error.message };
  return removed.value === 'gone' ? one : { ...one, kept: 'a container is in it' };
}

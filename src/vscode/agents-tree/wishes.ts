/** How a person wants the tree: in which order, and which rows of it. Pure. */
import { AGENT_STATUSES, type AgentStatus } from '../../domain/agents/status.ts';
import type { AgentView, LoopView } from '../../app/projections/loop-view.ts';

/** By id; what is not named comes first, in its own order. */
export interface Order {
  readonly loops: readonly string[];
  /** By the loop's id. */
  readonly agents: Readonly<Record<string, readonly string[]>>;
}

export interface Filter {
  /** Empty: agents however they stand. */
  readonly statuses: readonly AgentStatus[];
  /** Only loops that have not ended. */
  readonly active: boolean;
}

export const NO_ORDER: Order = { loops: [], agents: {} };
export const NO_FILTER: Filter = { statuses: [], active: false };

export const isFiltered = ({ statuses, active }: Filter): boolean => statuses.length > 0 || active;

export const isStatus = (word: string): word is AgentStatus =>
  (AGENT_STATUSES as readonly string[]).includes(word);

export const showsAgent = ({ statuses }: Filter, { status }: Pick<AgentView, 'status'>): boolean =>
  statuses.length === 0 || statuses.includes(status);

/** A loop that waits for a person is shown with those who do, whatever its agents say. */
export function showsLoop(filter: Filter, view: LoopView): boolean {
  if (filter.active && view.outcome !== null) return false;
  if (view.outcome === null && view.waiting && filter.statuses.includes('waiting-for-you')) return true;
  return filter.statuses.length === 0 || view.agents.some((agent) => showsAgent(filter, agent));
}

export function inOrder<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  order: readonly string[] | undefined,
): readonly T[] {
  if (!order || order.length === 0) return items;
  const places = new Map(order.map((id, place) => [id, place]));
  return items.toSorted((one, other) => (places.get(idOf(one)) ?? -1) - (places.get(idOf(other)) ?? -1));
}

/** `ids` with `dragged` where `target` is, behind it when they come from above; at the end without a target. */
export function moved(
  ids: readonly string[],
  dragged: readonly string[],
  target: string | null,
): readonly string[] {
  if (target !== null && dragged.includes(target)) return ids;
  const moving = ids.filter((id) => dragged.includes(id));
  const rest = ids.filter((id) => !dragged.includes(id));
  const at = target === null ? -1 : rest.indexOf(target);
  if (at < 0) return [...rest, ...moving];
  const fromAbove = ids.indexOf(moving[0] ?? '') < ids.indexOf(target ?? '');
  const place = fromAbove ? at + 1 : at;
  return [...rest.slice(0, place), ...moving, ...rest.slice(place)];
}

/** What dragging rows to another place makes of their order. Pure. */
import type { Row } from './row.ts';
import { moved, type Order } from './wishes.ts';

export interface Drop {
  readonly dragged: readonly Row[];
  /** Where it was dropped; undefined: below all rows. */
  readonly target: Row | undefined;
  readonly order: Order;
  /** Ids as they stand now. */
  readonly loops: readonly string[];
  readonly agentsOf: (taskId: string) => readonly string[];
}

/** Null where such a drop changes nothing: loops move among loops, the agents of one loop among themselves. */
export function orderAfter({ dragged, target, order, loops, agentsOf }: Drop): Order | null {
  const [first] = dragged;
  if (first?.kind === 'loop' && dragged.every(({ kind }) => kind === 'loop')) {
    const ids = dragged.map(({ taskId }) => taskId);
    const onto = target && loops.includes(target.taskId) ? target.taskId : null;
    return { ...order, loops: moved(loops, ids, onto) };
  }
  const agents = dragged.flatMap((row) => (row.kind === 'agent' ? [row] : []));
  if (!first || agents.length < dragged.length) return null;
  const { taskId } = first;
  if (agents.some((row) => row.taskId !== taskId) || target?.taskId !== taskId) return null;
  if (target.kind !== 'agent' && target.kind !== 'file') return null;
  const ids = agents.map(({ agent }) => agent.id);
  const next = moved(agentsOf(taskId), ids, target.agent.id);
  // Loops that are gone need no order.
  const known = Object.entries(order.agents).filter(([id]) => loops.includes(id));
  return { ...order, agents: { ...Object.fromEntries(known), [taskId]: next } };
}

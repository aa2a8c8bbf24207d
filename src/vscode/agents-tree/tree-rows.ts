/** The whole tree of loops, as a person wants it. */
import type { Worktree } from '../../app/loop-service.ts';
import type { AgentView, LoopView } from '../../app/projections/loop-view.ts';
import type { Around } from './agent-rows.ts';
import { loopRow } from './loop-rows.ts';
import type { LoopRow, Row } from './row.ts';
import { inOrder, isFiltered, showsAgent, showsLoop, type Filter, type Order } from './wishes.ts';
import { otherWorktrees } from './worktree-rows.ts';

/** What git listed, and when. */
export interface Listing {
  readonly at: number;
  readonly worktrees: readonly Worktree[];
}

export interface TreeRequest {
  /** Newest first. */
  readonly views: readonly LoopView[];
  readonly now: number;
  readonly order: Order;
  readonly filter: Filter;
  /** Null while git was not asked. */
  readonly listing: Listing | null;
}

interface Made extends Pick<TreeRequest, 'filter' | 'listing'> {
  readonly order: readonly string[] | undefined;
  readonly row: LoopRow;
}

/** Makes the rows anew of loops that changed; of all where `ages` are to be told as they are now. */
export function createTreeRows(): (request: TreeRequest, ages: boolean) => readonly Row[] {
  const known = new WeakMap<LoopView, Made>();
  const finders = new WeakMap<Listing, ReturnType<typeof finder>>();
  const finderOf = (listing: Listing) => {
    const find = finders.get(listing) ?? finder(listing.worktrees);
    finders.set(listing, find);
    return find;
  };
  return (request, ages) => {
    const { now, order, filter, listing } = request;
    const around: Around = {
      now,
      worktrees: listing && { at: listing.at, of: finderOf(listing) },
      shows: (agent) => showsAgent(filter, agent),
    };
    const rowOf = (view: LoopView): LoopRow => {
      const agentOrder = order.agents[view.taskId];
      const made = known.get(view);
      const isSame =
        made?.filter === filter && made.listing === listing && made.order === agentOrder && !ages;
      if (isSame) return made.row;
      const agents = inOrder(view.agents, ({ id }) => id, agentOrder);
      const row = loopRow({ ...view, agents }, around);
      known.set(view, { filter, listing, order: agentOrder, row });
      return row;
    };
    const loops = inOrder(
      request.views.filter((view) => !view.archived),
      ({ taskId }) => taskId,
      order.loops,
    );
    const rows = loops.filter((view) => showsLoop(filter, view)).map(rowOf);
    // Without a loop the view says how to start one, and does so only while it is empty.
    const others = rows.length > 0 && !isFiltered(filter) ? otherWorktrees(listing?.worktrees ?? []) : null;
    return others ? [...rows, others] : rows;
  };
}

/** By its folder; by its branch too, as git may name the folder in another way than we do. */
function finder(worktrees: readonly Worktree[]): (agent: AgentView) => Worktree | undefined {
  const byPath = new Map(worktrees.map((each) => [each.path, each]));
  const byBranch = new Map(worktrees.map((each) => [each.branch, each]));
  return ({ worktree, branch }) =>
    (worktree === null ? undefined : byPath.get(worktree)) ??
    (branch === null ? undefined : byBranch.get(branch));
}

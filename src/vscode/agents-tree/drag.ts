import * as vscode from 'vscode';
import type { Loops } from '../loops.ts';
import { orderAfter } from './drop.ts';
import type { Row } from './row.ts';
import type { TreeWishes } from './tree-wishes.ts';
import { inOrder } from './wishes.ts';

const MIME = 'application/vnd.code.tree.cfn.agents';

/** Puts loops, and the agents of a loop, into an order of the person's own. */
export function createDrag(loops: Loops, wishes: TreeWishes): vscode.TreeDragAndDropController<Row> {
  let dragged: readonly Row[] = [];
  return {
    dragMimeTypes: [],
    dropMimeTypes: [MIME],
    handleDrag: (rows, transfer) => {
      dragged = rows;
      transfer.set(MIME, new vscode.DataTransferItem(rows.map(({ id }) => id)));
    },
    handleDrop: (target) => {
      const { order } = wishes;
      const views = loops.views().filter(({ archived }) => !archived);
      const ids = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id);
      const next = orderAfter({
        dragged,
        target,
        order,
        loops: inOrder(
          views.map(({ taskId }) => taskId),
          (id) => id,
          order.loops,
        ),
        agentsOf: (taskId) =>
          inOrder(ids(loops.view(taskId)?.agents ?? []), (id) => id, order.agents[taskId]),
      });
      if (next) wishes.setOrder(next);
    },
  };
}

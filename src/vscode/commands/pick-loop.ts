import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Front, LoopFilter } from '../front.ts';
import { loopState, taskTitle } from '../words.ts';

const fromRow = z.object({ taskId: z.string() });
const byId = z.pipe(
  z.string(),
  z.transform((taskId) => ({ taskId })),
);
const argumentSchema = z.union([byId, fromRow]);

/** The loop a tree row or a link names; else the only one that fits, else the person's choice. */
export async function pickLoop(
  front: Front,
  argument: unknown,
  choice: { readonly title: string; readonly filter: LoopFilter; readonly none: string },
): Promise<LoopView | null> {
  const named = argumentSchema.safeParse(argument);
  if (named.success) {
    const view = front.loops.view(named.data.taskId);
    if (view) return view;
  }
  const opened = await front.loops.service();
  if (!opened.ok) {
    front.messages.failed(opened.error);
    return null;
  }
  const views = front.loops.views().filter(choice.filter);
  if (views.length <= 1) {
    if (!views[0]) front.messages.failed({ kind: 'state', message: choice.none });
    return views[0] ?? null;
  }
  const picked = await vscode.window.showQuickPick(
    views.map((view) => ({
      label: taskTitle(view),
      description: loopState(view),
      detail: view.taskId,
      view,
    })),
    { title: choice.title, placeHolder: l10n.t('Which loop?') },
  );
  return picked?.view ?? null;
}

import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { LoopService } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { listed, parseSearch, SEARCH_HELP } from '../../app/search-loops.ts';
import { pickLoop } from '../commands/pick-loop.ts';
import type { Command, Front } from '../front.ts';
import { costText, loopState, taskTitle } from '../words.ts';

const RENAME: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('edit'), tooltip: l10n.t('Rename') };
const ARCHIVE: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('archive'),
  tooltip: l10n.t('Archive'),
};
const UNARCHIVE: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('discard'),
  tooltip: l10n.t('Unarchive'),
};

interface LoopItem extends vscode.QuickPickItem {
  readonly view: LoopView | null;
}

/** All loops of the repository: searched, opened, renamed, archived. */
export const loopHistory: Command = async (front) => {
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const service = opened.value;
  const pick = vscode.window.createQuickPick<LoopItem>();
  pick.title = l10n.t('Loop History');
  pick.placeholder = l10n.t('Search: {0}', SEARCH_HELP);
  let views: readonly LoopView[] = [];
  const show = () => {
    pick.items = itemsOf(views, pick.value);
  };
  const read = async () => {
    pick.busy = true;
    views = await service.list();
    pick.busy = false;
    show();
  };
  pick.onDidChangeValue(show);
  pick.onDidAccept(() => {
    const view = pick.selectedItems[0]?.view;
    if (!view) return;
    pick.hide();
    front.showPanel(view.taskId);
  });
  // A box that asks for a title hides the list, which comes back afterwards.
  let asking = false;
  pick.onDidTriggerItemButton(({ item: { view }, button }) => {
    if (!view) return;
    asking = true;
    const done =
      button === RENAME
        ? rename(front, service, view)
        : archive(front, service, { taskId: view.taskId, archived: !view.archived });
    void done.then(async () => {
      asking = false;
      pick.show();
      await read();
    });
  });
  pick.onDidHide(() => {
    if (!asking) pick.dispose();
  });
  pick.show();
  await read();
};

/** The search is ours, so the list shows every item that it is given. */
function itemsOf(views: readonly LoopView[], text: string): readonly LoopItem[] {
  const search = parseSearch(text);
  if (!search.ok) return [{ label: search.error, alwaysShow: true, view: null }];
  const found = listed(views, search.value, text.trim() !== '');
  if (found.length === 0) return [{ label: l10n.t('No loop matches.'), alwaysShow: true, view: null }];
  return found.map((view) => ({
    label: `${view.archived ? '$(archive) ' : ''}${taskTitle(view)}`,
    description: `${loopState(view)} · ${costText(view)}`,
    detail: `${view.taskId} · ${new Date(view.startedAt).toLocaleString()}`,
    alwaysShow: true,
    buttons: [RENAME, ...(view.outcome === null ? [] : [view.archived ? UNARCHIVE : ARCHIVE])],
    view,
  }));
}

const choose = (front: Front, argument: unknown, title: string, filter: (view: LoopView) => boolean) =>
  pickLoop(front, argument, { title, filter, none: l10n.t('No loop of this repository fits.') });

export const renameLoop: Command = async (front, argument) => {
  const view = await choose(front, argument, l10n.t('Rename Loop'), () => true);
  const opened = await front.loops.service();
  if (view && opened.ok) await rename(front, opened.value, view);
};

export const archiveLoop: Command = async (front, argument) => {
  const view = await choose(
    front,
    argument,
    l10n.t('Archive Loop'),
    (each) => each.outcome !== null && !each.archived,
  );
  const opened = await front.loops.service();
  if (view && opened.ok) await archive(front, opened.value, { taskId: view.taskId, archived: true });
};

export const unarchiveLoop: Command = async (front, argument) => {
  const view = await choose(front, argument, l10n.t('Unarchive Loop'), (each) => each.archived);
  const opened = await front.loops.service();
  if (view && opened.ok) await archive(front, opened.value, { taskId: view.taskId, archived: false });
};

async function rename(front: Front, service: LoopService, view: LoopView): Promise<void> {
  const title = await vscode.window.showInputBox({
    title: l10n.t('Rename "{0}"', taskTitle(view, 50)),
    prompt: l10n.t('One line of at most 120 characters. Empty: the loop goes by its task.'),
    value: view.title ?? '',
    ignoreFocusOut: true,
  });
  if (title === undefined) return;
  const renamed = await service.rename(view.taskId, title);
  if (!renamed.ok) return front.messages.failed(renamed.error);
  await front.loops.refresh();
}

async function archive(
  front: Front,
  service: LoopService,
  { taskId, archived }: { readonly taskId: string; readonly archived: boolean },
): Promise<void> {
  const done = await service.archive(taskId, archived);
  if (!done.ok) return front.messages.failed(done.error);
  await front.loops.refresh();
}

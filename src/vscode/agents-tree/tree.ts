import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { STATUS_WORDS } from '../../app/projections/status-words.ts';
import { coalesce } from '../../base/coalesce.ts';
import type { Inbox } from '../inbox/inbox.ts';
import { inboxRows } from '../inbox/rows.ts';
import type { Loops } from '../loops.ts';
import { observeShown } from '../observed-loops.ts';
import { isActive } from '../words.ts';
import { createDrag } from './drag.ts';
import { createListings } from './listings.ts';
import { createTree } from './tree-view.ts';
import { createTreeRows } from './tree-rows.ts';
import { createTreeWishes, type TreeWishes } from './tree-wishes.ts';
import { isFiltered, showsLoop, type Filter } from './wishes.ts';

export interface Trees extends vscode.Disposable {
  readonly wishes: TreeWishes;
  /** Asks git again for worktrees. */
  refresh(): Promise<void>;
}

/** Badge, messages and the filter's words beside the title. */
const COALESCE_MS = 100;

const filterText = ({ statuses, active }: Filter): string =>
  [...(active ? [l10n.t('running loops')] : []), ...statuses.map((status) => STATUS_WORDS[status])].join(
    ', ',
  );

function agentsMessage(loops: Loops, filter: Filter): string {
  if (loops.state === 'problem') return loops.problem ?? '';
  if (!isFiltered(filter) || loops.views().some((view) => !view.archived && showsLoop(filter, view)))
    return '';
  return l10n.t('Nothing is shown by the filter: {0}', filterText(filter));
}

const badge = (due: number): vscode.ViewBadge | undefined =>
  due === 0
    ? undefined
    : { value: due, tooltip: due === 1 ? l10n.t('1 needs you') : l10n.t('{0} need you', due) };

/** The two trees of the container; the badge counts what needs a person. */
export function createTrees(loops: Loops, inbox: Inbox, memory: vscode.Memento): Trees {
  const wishes = createTreeWishes(memory);
  const listings = createListings(loops);
  const rows = createTreeRows();
  const ages = (): boolean => loops.views().some(isActive);
  const agents = createTree('cfn.agents', {
    rows: (figures) => {
      const { order, filter } = wishes;
      return rows(
        { views: loops.views(), now: Date.now(), order, filter, listing: listings.current },
        figures,
      );
    },
    changes: [loops.onChange, wishes.onChange, listings.onChange],
    ages,
    drag: createDrag(loops, wishes),
  });
  const waiting = createTree('cfn.inbox', {
    rows: () => inboxRows(inbox, (taskId) => loops.view(taskId), Date.now()),
    changes: [inbox.onChange],
    ages,
  });
  const announce = () => {
    const due = inbox.due().length;
    say(waiting.view, 'message', due === 0 && loops.state === 'ready' ? l10n.t('Nothing needs you.') : '');
    // The whole container shows it, the inbox folded or not.
    agents.view.badge = badge(due);
    say(agents.view, 'description', filterText(wishes.filter));
    say(agents.view, 'message', agentsMessage(loops, wishes.filter));
  };
  announce();
  const announcing = coalesce(COALESCE_MS, announce);
  const owned = vscode.Disposable.from(
    inbox.onChange(announcing.soon),
    wishes.onChange(announcing.soon),
    announcing,
    observeShown(loops, () => (agents.view.visible ? 'all' : []), agents.view.onDidChangeVisibility),
    listings.keepFreshFor(agents.view),
    listings,
    agents,
    waiting,
    wishes,
  );
  return { wishes, refresh: () => listings.refresh(), dispose: () => owned.dispose() };
}

/** Setting what is set already would draw the view again. */
function say(view: vscode.TreeView<unknown>, where: 'message' | 'description', text: string): void {
  if ((view[where] ?? '') !== text) view[where] = text;
}

import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { HomeChoice } from '../../app/bring-home/home-service.ts';
import type { LoopService } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { taskTitle, visible } from '../words.ts';
import { shortVerdict, WAY_WORDS, WAYS } from './home-words.ts';

export type ChosenWay =
  | { readonly kind: 'way'; readonly choice: HomeChoice }
  | { readonly kind: 'pull-request' | 'discard' | 'undo' };

interface Item extends vscode.QuickPickItem {
  readonly chosen?: ChosenWay | 'elsewhere';
}

const choiceOf = (way: HomeChoice['way'], into: string | null): HomeChoice => ({
  way,
  into,
  newBranch: null,
  rescueFirst: false,
});

/** Each way with what it would do now; null: the person left. */
export async function chooseWay(service: LoopService, view: LoopView): Promise<ChosenWay | null> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = l10n.t('Bring "{0}" Home', taskTitle(view, 50));
  pick.placeholder = l10n.t('How? Nothing is changed before you have seen what would happen.');
  const controller = new AbortController();
  let into: string | null = null;
  const fill = async (): Promise<void> => {
    pick.busy = true;
    pick.items = itemsOf(view, into, new Map());
    const reports = new Map<HomeChoice['way'], string>();
    for (const way of WAYS) {
      if (way === 'apply' && into !== null) continue;
      const report = await service.home.preview(view.taskId, choiceOf(way, into), controller.signal);
      if (controller.signal.aborted) return;
      reports.set(way, report.ok ? shortVerdict(report.value) : report.error.message);
      const active = pick.activeItems[0]?.label;
      pick.items = itemsOf(view, into, reports);
      pick.activeItems = pick.items.filter(({ label }) => label === active);
    }
    pick.busy = false;
  };
  try {
    const chosen = new Promise<ChosenWay | null>((resolve) => {
      let asking = false;
      pick.onDidAccept(async () => {
        const picked = pick.selectedItems[0]?.chosen;
        if (picked === undefined) return;
        if (picked !== 'elsewhere') return resolve(picked);
        asking = true;
        const branch = await chooseBranch(service);
        asking = false;
        into = branch ?? into;
        pick.show();
        await fill();
      });
      pick.onDidHide(() => {
        if (!asking) resolve(null);
      });
    });
    pick.show();
    await Promise.race([fill(), chosen]);
    return await chosen;
  } finally {
    controller.abort();
    pick.dispose();
  }
}

function itemsOf(
  view: LoopView,
  into: string | null,
  reports: ReadonlyMap<HomeChoice['way'], string>,
): Item[] {
  const separator = (label: string): Item => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const ways = WAYS.filter((way) => way !== 'apply' || into === null);
  return [
    ...(view.home && view.home.way !== 'push'
      ? [{ label: l10n.t('$(discard) Undo Integration'), chosen: { kind: 'undo' } as const }]
      : []),
    separator(into === null ? l10n.t('to what is checked out') : l10n.t('to {0}', visible(into))),
    ...ways.map((way) => ({
      ...WAY_WORDS[way],
      detail: reports.get(way) ?? l10n.t('looking…'),
      chosen: { kind: 'way', choice: choiceOf(way, into) } as const,
    })),
    separator(l10n.t('other')),
    {
      label: l10n.t('$(git-branch) Another Branch…'),
      description: l10n.t('your checkout stays as it is'),
      chosen: 'elsewhere',
    },
    {
      label: l10n.t('$(git-pull-request-create) Create Pull Request'),
      description: l10n.t('pushes {0} with your git, on GitHub signed in as you', visible(view.branch)),
      chosen: { kind: 'pull-request' },
    },
    {
      label: l10n.t('$(trash) Discard'),
      description: l10n.t('removes the branch; the commits stay below refs/cfn/'),
      chosen: { kind: 'discard' },
    },
  ];
}

/** Where the outcome goes so that nothing that is there moves. */
export const askNewBranch = (proposed: string): Thenable<string | undefined> =>
  vscode.window.showInputBox({
    title: l10n.t('New Branch'),
    prompt: l10n.t('The outcome goes to this branch; nothing that is there moves.'),
    value: proposed,
    ignoreFocusOut: true,
  });

async function chooseBranch(service: LoopService): Promise<string | null> {
  const branches = await service.home.branches();
  const names = branches.ok ? branches.value : [];
  const picked = await vscode.window.showQuickPick([...names], {
    title: l10n.t('Another Branch'),
    placeHolder: l10n.t('Which branch takes the result?'),
  });
  return picked ?? null;
}

import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { QueueChoice } from '../../app/bring-home/queue-report.ts';
import type { LoopService } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Front } from '../front.ts';
import { readContainers } from '../settings.ts';
import { selectedRows } from '../selected-rows.ts';
import { loopState, taskTitle, visible } from '../words.ts';
import { WAY_WORDS } from './home-words.ts';

export interface ChosenSeveral {
  readonly taskIds: readonly string[];
  readonly choice: QueueChoice;
}

interface FromTree {
  readonly argument: unknown;
  readonly selected: unknown;
}

const fromRow = z.object({ taskId: z.string() });

/** Which loops, to which branch and how; null: the person left. */
export async function chooseSeveral(
  front: Front,
  service: LoopService,
  from: FromTree,
): Promise<ChosenSeveral | null> {
  const waiting = notHomeYet(front.loops.views());
  if (waiting.length < 2) {
    const message =
      waiting.length === 0
        ? l10n.t('No ended loop has a result that is not home yet.')
        : l10n.t('Only one ended loop has a result that is not home yet; take Bring Home for it.');
    front.messages.failed({ kind: 'state', message });
    return null;
  }
  const taskIds = await chooseLoops(waiting, from);
  if (taskIds === null) return null;
  if (taskIds.length < 2) {
    const message = l10n.t('Pick at least two loops; for a single one there is Bring Home.');
    front.messages.failed({ kind: 'state', message });
    return null;
  }
  const branches = await service.home.branches();
  if (!branches.ok) {
    front.messages.failed(branches.error);
    return null;
  }
  const into = await chooseBranch(branches.value);
  if (into === undefined) return null;
  const way = await chooseWay();
  if (way === undefined) return null;
  const containers = readContainers(front.loops.folder);
  if (!containers.ok) {
    front.messages.failed({ kind: 'input', message: containers.error });
    return null;
  }
  const rest = { newBranch: null, rescueFirst: false, withoutEvidence: false };
  return { taskIds, choice: { way, into, ...rest, containers: containers.value } };
}

/** In the order in which they ended. */
export const notHomeYet = (views: readonly LoopView[]): readonly LoopView[] =>
  views
    .filter(({ outcome, commit, home, archived }) => {
      const isHome = home !== null && home.way !== 'push';
      return outcome !== null && commit !== null && !isHome && !archived;
    })
    .toSorted((left, right) => (left.endedAt ?? 0) - (right.endedAt ?? 0));

async function chooseLoops(
  waiting: readonly LoopView[],
  { argument, selected }: FromTree,
): Promise<readonly string[] | null> {
  const named = new Set(
    selectedRows(argument, selected).flatMap((row) => {
      const parsed = fromRow.safeParse(row);
      return parsed.success ? [parsed.data.taskId] : [];
    }),
  );
  const picked = await vscode.window.showQuickPick(
    waiting.map((view) => ({
      label: taskTitle(view),
      description: loopState(view),
      detail: view.taskId,
      picked: named.has(view.taskId),
      taskId: view.taskId,
    })),
    {
      title: l10n.t('Bring Several Loops Home'),
      placeHolder: l10n.t('Which loops? They are stacked in the order in which they ended.'),
      canPickMany: true,
      ignoreFocusOut: true,
    },
  );
  return picked?.map(({ taskId }) => taskId) ?? null;
}

/** Null: the one that is checked out. */
async function chooseBranch(branches: readonly string[]): Promise<string | null | undefined> {
  const picked = await vscode.window.showQuickPick(
    branches.map((branch, at) => ({
      label: visible(branch),
      ...(at === 0 ? {} : { description: l10n.t('your checkout stays as it is') }),
      branch,
    })),
    { title: l10n.t('Bring Several Loops Home'), placeHolder: l10n.t('Which branch takes them?') },
  );
  return picked?.branch;
}

async function chooseWay(): Promise<QueueChoice['way'] | undefined> {
  const ways = (['merge', 'squash'] as const).map((way) => ({ ...WAY_WORDS[way], way }));
  const picked = await vscode.window.showQuickPick(ways, {
    title: l10n.t('Bring Several Loops Home'),
    placeHolder: l10n.t('How? Nothing is changed before you have seen what would happen.'),
  });
  return picked?.way;
}

import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { LoopService, ProposedInstalls, StartPlan } from '../../app/loop-service.ts';
import type { SetUp } from '../../domain/loop/model.ts';
import type { Command, Front } from '../front.ts';

interface SetUpItem extends vscode.QuickPickItem {
  readonly setUp: SetUp;
}

/** Asks whether lockfiles count in agents' worktrees, and remembers the answer; undefined when left open. */
async function ask(
  front: Front,
  service: LoopService,
  { commands, chosen }: ProposedInstalls,
): Promise<SetUp | undefined> {
  const items: readonly SetUpItem[] = [
    {
      setUp: 'install',
      label: l10n.t('Install'),
      detail: l10n.t('Agents find the dependencies there and can run the tests.'),
    },
    {
      setUp: 'none',
      label: l10n.t("Don't install"),
      detail: l10n.t(
        'Worktrees hold what git has. Evidence is installed and run in checkouts of its own all the same.',
      ),
    },
  ];
  const picked = await vscode.window.showQuickPick(
    items.map((item) => (item.setUp === chosen ? { ...item, description: l10n.t('as now') } : item)),
    {
      title: l10n.t("Install dependencies with {0} in each agent's worktree?", commands.join(' and ')),
      placeHolder: l10n.t('Remembered for this repository; CFN: Choose Set-Up of Worktrees changes it'),
      ignoreFocusOut: true,
    },
  );
  if (!picked) return undefined;
  const remembered = await service.rememberSetUp(picked.setUp);
  if (!remembered.ok) {
    front.messages.failed(remembered.error);
    return undefined;
  }
  return picked.setUp;
}

/** Before the first loop of a repository with lockfiles; undefined when the person left the question. */
export async function withChosenSetUp(
  front: Front,
  service: LoopService,
  plan: StartPlan,
): Promise<StartPlan | undefined> {
  if (!plan.installs || plan.installs.chosen !== null) return plan;
  const chosen = await ask(front, service, plan.installs);
  return chosen === undefined ? undefined : { ...plan, installs: { ...plan.installs, chosen } };
}

export const chooseSetUp: Command = async (front) => {
  const service = await front.loops.service();
  if (!service.ok) return front.messages.failed(service.error);
  const installs = await service.value.installs();
  if (installs) await ask(front, service.value, installs);
  else
    front.messages.note(
      l10n.t('Nothing is to be chosen: this repository has no lockfile, or a set-up script of its own.'),
    );
};

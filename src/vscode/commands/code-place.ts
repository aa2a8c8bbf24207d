import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { CodePlaceChoice, LoopService, StartPlan } from '../../app/loop-service.ts';
import { chosenPlace } from '../../domain/code-place.ts';
import type { CodePlace } from '../../domain/loop/model.ts';
import type { Command, Front } from '../front.ts';

interface PlaceItem extends vscode.QuickPickItem {
  readonly place: CodePlace;
}

function itemsOf({ chosen, engine }: CodePlaceChoice): readonly PlaceItem[] {
  const items: readonly PlaceItem[] = [
    {
      place: 'machine',
      label: l10n.t('On this machine'),
      detail: l10n.t(
        'Agents, set-up and evidence run with your rights, each agent in a worktree of its own.',
      ),
    },
    {
      place: 'container',
      label: l10n.t('Only in containers'),
      detail:
        engine.kind === 'ready'
          ? l10n.t('Nothing that agents write or ask for runs outside of a container.')
          : l10n.t('No loop starts as long as this holds: {0}.', engine.why),
    },
  ];
  return items.map((item) => (item.place === chosen ? { ...item, description: l10n.t('as now') } : item));
}

/** Asks where agents' code runs, and remembers the answer; undefined when left open. */
async function ask(front: Front, service: LoopService): Promise<CodePlace | undefined> {
  const picked = await vscode.window.showQuickPick(itemsOf(await service.codePlace()), {
    title: l10n.t("Where does agents' code run?"),
    placeHolder: l10n.t("Remembered for this repository; CFN: Choose Where Agents' Code Runs changes it"),
    ignoreFocusOut: true,
  });
  if (!picked) return undefined;
  const remembered = await service.rememberCodePlace(picked.place);
  if (!remembered.ok) {
    front.messages.failed(remembered.error);
    return undefined;
  }
  return picked.place;
}

/** Before the first loop of a repository; undefined when the person left the question. */
export async function withCodePlace(
  front: Front,
  service: LoopService,
  plan: StartPlan,
): Promise<StartPlan | undefined> {
  if (chosenPlace(plan.codePlace) !== null) return plan;
  const remembered = await ask(front, service);
  return remembered === undefined ? undefined : { ...plan, codePlace: { ...plan.codePlace, remembered } };
}

export const chooseCodePlace: Command = async (front) => {
  const service = await front.loops.service();
  if (!service.ok) return front.messages.failed(service.error);
  await ask(front, service.value);
};

import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { CodePlaceChoice, LoopService, StartPlan } from '../../app/loop-service.ts';
import { chosenPlace } from '../../domain/code-place.ts';
import { DEFAULT_IMAGE } from '../../domain/containers/plan.ts';
import type { CodePlace } from '../../domain/loop/model.ts';
import type { Command, Front } from '../front.ts';
import { joined } from '../words.ts';

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
      ...(engine.kind === 'ready' ? { description: engine.engine } : {}),
      detail: containerDetail(engine),
    },
  ];
  return items.map((item) =>
    item.place === chosen
      ? { ...item, description: joined([l10n.t('as now'), item.description ?? null]) }
      : item,
  );
}

function containerDetail(engine: CodePlaceChoice['engine']): string {
  if (engine.kind === 'missing') return l10n.t('No loop starts as long as this holds: {0}.', engine.why);
  return engine.hasImage
    ? l10n.t('Nothing that agents write or ask for runs outside of a container.')
    : l10n.t('The image {0} is not there yet; it can be built when you choose this.', engine.image);
}

/** Asks where agents' code runs, and remembers the answer; undefined when left open. */
async function ask(front: Front, service: LoopService, image?: string): Promise<CodePlace | undefined> {
  const choice = await service.codePlace(image);
  const picked = await vscode.window.showQuickPick(itemsOf(choice), {
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
  if (picked.place === 'container') await offerImage(front, choice.engine);
  return picked.place;
}

/** Nothing starts without the image; whoever does not want ours built may have another one named in the settings. */
async function offerImage({ messages }: Front, engine: CodePlaceChoice['engine']): Promise<void> {
  if (engine.kind === 'missing' || engine.hasImage || engine.image !== DEFAULT_IMAGE) return;
  const question = l10n.t('The image {0} is not there. Build it now?', engine.image);
  const detail = l10n.t(
    'Agents in containers need it. It takes some minutes, and is fetched and built once.',
  );
  if (await messages.confirm(question, detail, l10n.t('Build Agent Image')))
    await vscode.commands.executeCommand('cfn.buildImage');
}

/** Before the first loop of a repository; undefined when the person left the question. */
export async function withCodePlace(
  front: Front,
  service: LoopService,
  plan: StartPlan,
): Promise<StartPlan | undefined> {
  const { image } = plan.request.containers;
  const chosen = chosenPlace(plan.codePlace);
  if (chosen === 'container') await offerImage(front, (await service.codePlace(image)).engine);
  if (chosen !== null) return plan;
  const remembered = await ask(front, service, image);
  return remembered === undefined ? undefined : { ...plan, codePlace: { ...plan.codePlace, remembered } };
}

export const chooseCodePlace: Command = async (front) => {
  const service = await front.loops.service();
  if (!service.ok) return front.messages.failed(service.error);
  await ask(front, service.value);
};

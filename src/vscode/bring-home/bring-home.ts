/** The way of a result into the person's branches; loaded when one is brought home first. */
import { l10n } from 'vscode';
import type { HomeChoice, HomeReport } from '../../app/bring-home/home-service.ts';
import type { LoopService } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Integration } from '../../ports/home-git.ts';
import { pickLoop } from '../commands/pick-loop.ts';
import type { Command, Front } from '../front.ts';
import { taskTitle, visible } from '../words.ts';
import { bringSeveralHome } from './bring-several.ts';
import { chooseWay, type ChosenWay } from './choose-way.ts';
import { doneText, previewText, undoneText, verdictText } from './home-words.ts';
import { createPullRequest } from './pull-request.ts';
import { offerResolution } from './resolve.ts';
import { askWayAround } from './way-around.ts';
import { withSignal } from './with-signal.ts';

const bringHome: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Bring Home'),
    filter: ({ outcome, commit }) => outcome !== null && commit !== null,
    none: l10n.t('No ended loop has a result that could be brought home.'),
  });
  if (!view) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const chosen = await chooseWay(opened.value, view);
  if (chosen) await take(front, opened.value, { view, chosen });
};

interface Way {
  readonly view: LoopView;
  readonly chosen: ChosenWay;
}

async function take(front: Front, service: LoopService, { view, chosen }: Way): Promise<void> {
  switch (chosen.kind) {
    case 'undo':
      return undo(front, service, { taskId: view.taskId });
    case 'pull-request':
      return createPullRequest(front, service, view);
    case 'discard':
      return discard(front, service, view);
    case 'way':
      return previewAndBring(front, service, { view, choice: chosen.choice });
  }
}

interface Asked {
  readonly view: LoopView;
  readonly choice: HomeChoice;
}

async function previewAndBring(front: Front, service: LoopService, { view, choice }: Asked): Promise<void> {
  const report = await withSignal(l10n.t('Looking at what would happen'), (signal) =>
    service.home.preview(view.taskId, choice, signal),
  );
  if (!report.ok) return front.messages.failed(report.error);
  const { verdict, obstacle } = report.value.preview;
  if (verdict.kind === 'contained' || verdict.kind === 'nothing')
    return front.messages.note(verdictText(report.value));
  if (verdict.kind === 'conflicts')
    return offerResolution(front, service, { view, choice, report: report.value });
  if (obstacle) return offerWayAround(front, service, { view, choice, report: report.value });
  const title = l10n.t('Bring "{0}" home?', taskTitle(view, 50));
  const agreed = await front.messages.confirm(title, previewText(report.value), l10n.t('Bring Home'));
  if (agreed) await bring(front, service, { view, choice });
}

async function bring(front: Front, service: LoopService, { view, choice }: Asked): Promise<void> {
  const result = await withSignal(l10n.t('Bringing {0} home', view.taskId), (signal) =>
    service.home.bring(view.taskId, choice, signal),
  );
  if (!result.ok) return front.messages.failed(result.error);
  await front.loops.refresh();
  if (result.value.kind === 'not-done') {
    // Something changed since the preview; the person sees the new one.
    return previewAndBring(front, service, { view, choice });
  }
  void offerUndo(front, service, result.value.integration);
}

async function offerWayAround(
  front: Front,
  service: LoopService,
  { view, choice, report }: Asked & { readonly report: HomeReport },
): Promise<void> {
  const around = await askWayAround(front, {
    title: l10n.t('"{0}" is not brought home', taskTitle(view, 50)),
    preview: report.preview,
    rescueFirst: choice.rescueFirst,
    branch: choice.way === 'apply' ? null : `${view.taskId}-home`,
  });
  if (around) await previewAndBring(front, service, { view, choice: { ...choice, ...around } });
}

async function discard(front: Front, service: LoopService, view: LoopView): Promise<void> {
  const agreed = await front.messages.confirm(
    l10n.t('Discard the result of "{0}"?', taskTitle(view, 50)),
    l10n.t(
      'The branch {0} goes. Its commits stay below refs/cfn/, and this can be undone.',
      visible(view.branch),
    ),
    l10n.t('Discard'),
  );
  if (!agreed) return;
  const done = await service.home.discard(view.taskId);
  if (!done.ok) return front.messages.failed(done.error);
  await front.loops.refresh();
  void offerUndo(front, service, done.value);
}

async function offerUndo(front: Front, service: LoopService, integration: Integration): Promise<void> {
  const wanted = await front.messages.offer(doneText(integration), l10n.t('Undo'));
  if (wanted) await undo(front, service, { taskId: integration.taskId, id: integration.id });
}

const undoIntegration: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Undo Integration'),
    filter: ({ home }) => home !== null && home.way !== 'push',
    none: l10n.t('Nothing was brought home that could be undone.'),
  });
  if (!view) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  await undo(front, opened.value, { taskId: view.taskId });
};

async function undo(
  front: Front,
  service: LoopService,
  { taskId, id }: { readonly taskId: string; readonly id?: string },
): Promise<void> {
  const undone = await service.home.undo(taskId, id);
  if (!undone.ok) return front.messages.failed(undone.error);
  await front.loops.refresh();
  front.messages.note(undoneText(undone.value));
}

export const BRING_HOME = { bringHome, bringSeveralHome, undoIntegration } as const satisfies Readonly<
  Record<string, Command>
>;

import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { QueueChoice, QueueReport } from '../../app/bring-home/queue-report.ts';
import type { LoopService } from '../../app/loop-service.ts';
import { reportUri } from '../content/survival-report.ts';
import type { Command, Front } from '../front.ts';
import { chooseSeveral } from './choose-several.ts';
import { progressText, queueReportText, queueSummary, queuePreviewText } from './queue-words.ts';
import { askWayAround } from './way-around.ts';
import { withSignal } from './with-signal.ts';

interface Asked {
  readonly taskIds: readonly string[];
  readonly choice: QueueChoice;
}

/** Several ended loops, tried together before any of them lands. */
export const bringSeveralHome: Command = async (front, argument, selected) => {
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const chosen = await chooseSeveral(front, opened.value, { argument, selected });
  if (chosen) await previewAndQueue(front, opened.value, chosen);
};

async function previewAndQueue(front: Front, service: LoopService, asked: Asked): Promise<void> {
  const { taskIds, choice } = asked;
  const report = await withSignal(l10n.t('Looking at what would happen'), (signal) =>
    service.home.previewQueue(taskIds, choice, signal),
  );
  if (!report.ok) return front.messages.failed(report.error);
  if (report.value.preview?.obstacle) return offerWayAround(front, service, asked, report.value);
  if (report.value.stack.length === 0) return tell(front, service, report.value);
  const blind = report.value.evidence.length === 0;
  const agreed = await front.messages.confirm(
    l10n.t('Bring {0} loops home together?', report.value.stack.length),
    queuePreviewText(report.value),
    blind ? l10n.t('Bring Home Without Evidence') : l10n.t('Try Them Together'),
  );
  if (agreed) {
    const withoutEvidence = choice.withoutEvidence || blind;
    await queue(front, service, { taskIds, choice: { ...choice, withoutEvidence } });
  }
}

async function queue(front: Front, service: LoopService, asked: Asked): Promise<void> {
  const { taskIds, choice } = asked;
  const report = await withSignal(l10n.t('Bringing loops home'), (signal, say) =>
    service.home.queue(taskIds, choice, { signal, progress: (progress) => say(progressText(progress)) }),
  );
  if (!report.ok) return front.messages.failed(report.error);
  await front.loops.refresh();
  switch (report.value.outcome) {
    case 'blocked':
      return offerWayAround(front, service, asked, report.value);
    case 'no-evidence':
      return offerWithoutEvidence(front, service, asked, report.value);
    default:
      return tell(front, service, report.value);
  }
}

async function offerWayAround(
  front: Front,
  service: LoopService,
  { taskIds, choice }: Asked,
  { preview }: QueueReport,
): Promise<void> {
  const around = await askWayAround(front, {
    title: l10n.t('The loops are not brought home'),
    preview,
    rescueFirst: choice.rescueFirst,
    branch: `${taskIds[0] ?? 'loops'}-and-others`,
  });
  // On a new branch nothing has to give way.
  if (around)
    await previewAndQueue(front, service, { taskIds, choice: { ...choice, rescueFirst: false, ...around } });
}

async function offerWithoutEvidence(
  front: Front,
  service: LoopService,
  { taskIds, choice }: Asked,
  report: QueueReport,
): Promise<void> {
  const agreed = await front.messages.confirm(
    l10n.t('No evidence ran a check'),
    queueReportText(report),
    l10n.t('Bring Home Without Evidence'),
  );
  if (agreed) await queue(front, service, { taskIds, choice: { ...choice, withoutEvidence: true } });
}

/** A sentence where all went well; else the whole report, which stays open. */
async function tell(front: Front, service: LoopService, report: QueueReport): Promise<void> {
  if (report.putAside.length > 0 || report.outcome === 'moved') {
    const uri = reportUri('Loops Brought Home.txt', queueReportText(report));
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }
  if (report.integrations.length > 0) void offerUndo(front, service, report);
  else front.messages.note(queueSummary(report));
}

async function offerUndo(front: Front, service: LoopService, report: QueueReport): Promise<void> {
  if (!(await front.messages.offer(queueSummary(report), l10n.t('Undo')))) return;
  let taken = 0;
  for (const { taskId, id } of report.integrations.toReversed()) {
    const undone = await service.home.undo(taskId, id);
    if (!undone.ok) {
      front.messages.failed(undone.error);
      break;
    }
    taken += 1;
  }
  await front.loops.refresh();
  if (taken > 0) front.messages.note(l10n.t('Undone: {0} of {1} loops.', taken, report.integrations.length));
}

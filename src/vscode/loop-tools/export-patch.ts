import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { ExportRequest } from '../../app/export-loop.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { pickLoop } from '../commands/pick-loop.ts';
import type { Command } from '../front.ts';

interface Choice extends vscode.QuickPickItem {
  readonly request?: ExportRequest;
}

/** The result, an iteration or an agent's newest attempt, saved where the person says. */
export const exportPatch: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Export Patch'),
    filter: ({ commit, iteration }) => commit !== null || iteration > 0,
    none: l10n.t('No loop has made anything that could be exported yet.'),
  });
  if (!view) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const picked = await vscode.window.showQuickPick(choices(view), {
    title: l10n.t('Export Patch'),
    placeHolder: l10n.t('What should the patch hold?'),
  });
  if (!picked?.request) return;
  const patch = await opened.value.exportPatch(view.taskId, picked.request);
  if (!patch.ok) return front.messages.failed(patch.error);
  const { bytes, fileName } = patch.value;
  const target = await vscode.window.showSaveDialog({
    title: l10n.t('Export Patch'),
    filters: { Patch: ['patch', 'diff'] },
    ...(front.loops.folder ? { defaultUri: vscode.Uri.joinPath(front.loops.folder, '..', fileName) } : {}),
  });
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, bytes);
  const show = await front.messages.offer(
    l10n.t('Saved {0}; git am and git apply take it.', target.fsPath),
    l10n.t('Show'),
  );
  if (show) await vscode.window.showTextDocument(target);
};

function choices(view: LoopView): readonly Choice[] {
  const iterations = view.iterations.length > 1 ? view.iterations.toReversed() : [];
  return [
    ...(view.commit === null
      ? []
      : [
          {
            label: l10n.t('Result'),
            description: l10n.t('everything that was integrated, against the base'),
            request: { iteration: null, agentId: null },
          },
        ]),
    ...(view.commit === null || view.continues === null
      ? []
      : [
          {
            label: l10n.t('Result since the first base'),
            description: l10n.t('with the work of the loops that this one goes on from'),
            request: { iteration: null, agentId: null, sinceFirstBase: true },
          },
        ]),
    ...iterations.map(({ number }) => ({
      label: l10n.t('Iteration {0}', number),
      description: l10n.t('as it was integrated, against the base'),
      request: { iteration: number, agentId: null },
    })),
    { label: l10n.t('Attempts'), kind: vscode.QuickPickItemKind.Separator },
    ...view.agents
      .filter(({ role }) => role === 'implementer')
      .map(({ id }) => ({
        label: id,
        description: l10n.t('its newest attempt, against where it began'),
        request: { iteration: null, agentId: id },
      })),
  ];
}

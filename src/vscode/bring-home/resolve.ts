import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { HomeChoice, HomeReport } from '../../app/bring-home/home-service.ts';
import type { LoopService } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { startWith } from '../commands/start-loop.ts';
import type { Front } from '../front.ts';
import { taskTitle, visible } from '../words.ts';
import { conflictText } from './home-words.ts';

interface Conflict {
  readonly view: LoopView;
  readonly choice: HomeChoice;
  readonly report: HomeReport;
}

/** The conflict with the two intents, and who may resolve it. */
export async function offerResolution(front: Front, service: LoopService, conflict: Conflict): Promise<void> {
  const agent = l10n.t('Let an Agent Resolve');
  const editor = l10n.t('Merge Editor');
  const answer = await front.messages.choose(
    l10n.t('"{0}" has conflicts', taskTitle(conflict.view, 50)),
    conflictText(conflict.report),
    [agent, editor],
  );
  if (answer === agent) return letAgentResolve(front, service, conflict);
  if (answer === editor) return openMergeEditor(front, conflict);
}

/** A new loop of the same crew that begins at the merge with its conflicts marked. */
async function letAgentResolve(
  front: Front,
  service: LoopService,
  { view, choice }: Conflict,
): Promise<void> {
  const resolution = await service.home.resolution(view.taskId, choice);
  if (!resolution.ok) return front.messages.failed(resolution.error);
  const { description, inheritance } = resolution.value;
  await startWith(front, {
    description,
    requirements: [],
    acceptance: [],
    layers: [inheritance.layer],
    continuesTask: inheritance.continuesTask,
    attach: inheritance.attach,
  });
  await front.loops.refresh();
}

/** What is used of the interface of VS Code's git extension; its methods need the object that they belong to. */
interface GitApi {
  getRepository(uri: vscode.Uri): { merge?(ref: string): Promise<void> } | null;
}

/** VS Code's own merge, in the checkout that the person has open: its conflicts open in the merge editor. */
async function openMergeEditor(front: Front, { view, report }: Conflict): Promise<void> {
  const { preview } = report;
  const byHand = l10n.t('Run this in a terminal instead: git merge {0}', view.branch);
  if (preview.checkout === 'untouched') {
    return front.messages.failed({
      kind: 'state',
      message: l10n.t('Check {0} out first; the merge editor works on files.', preview.branch ?? 'HEAD'),
    });
  }
  const merge = await mergeOf(front.loops.folder);
  if (!merge) return front.messages.failed({ kind: 'state', message: byHand });
  try {
    await merge(view.branch);
  } catch (error) {
    if (!saysConflict(error)) {
      front.channel.info(String(error));
      return front.messages.failed({ kind: 'state', message: byHand });
    }
    await vscode.commands.executeCommand('workbench.view.scm');
    return front.messages.note(
      l10n.t(
        'The merge is under way in your checkout: resolve the files below Merge Changes, or abort it there.',
      ),
    );
  }
  front.messages.note(l10n.t('{0} had no conflict any more; it is merged.', visible(view.branch)));
}

/** The git extension gives its own code to the end of a merge that stands at conflicts. */
const saysConflict = (error: unknown): boolean =>
  error instanceof Error && 'gitErrorCode' in error && error.gitErrorCode === 'Conflict';

async function mergeOf(
  folder: vscode.Uri | null | undefined,
): Promise<((ref: string) => Promise<void>) | null> {
  const extension = vscode.extensions.getExtension<{ getAPI?(version: 1): GitApi }>('vscode.git');
  if (!extension || !folder) return null;
  try {
    const exported = await extension.activate();
    const repository = exported.getAPI?.(1).getRepository(folder) ?? null;
    return repository?.merge ? (ref) => repository.merge?.(ref) ?? Promise.resolve() : null;
  } catch {
    // It is switched off.
    return null;
  }
}

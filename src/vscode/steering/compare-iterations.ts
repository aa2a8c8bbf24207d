import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { LoopService } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { pickLoop } from '../commands/pick-loop.ts';
import { commitUri } from '../content/documents.ts';
import type { Command } from '../front.ts';
import { taskTitle } from '../words.ts';

/** More files than this are shown without looking first which of them are the same in both. */
const LOOKED_AT = 400;

/** What two iterations of a loop made of the same base, in the native multi-file diff. */
export const compareIterations: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Compare Iterations'),
    filter: (each) => each.iterations.length > 1,
    none: l10n.t('No loop has a second iteration yet.'),
  });
  if (!view) return;
  const opened = await front.loops.service();
  const { folder } = front.loops;
  if (!opened.ok) return front.messages.failed(opened.error);
  const commits = await integrated(opened.value, view);
  if (commits.length < 2 || !folder) {
    const message = l10n.t(
      'Fewer than two iterations came to a combined result, so there is nothing to compare.',
    );
    return front.messages.failed({ kind: 'state', message });
  }
  const later = await ask(l10n.t('Compare iteration'), commits.slice(1));
  if (!later) return;
  const earlier = await ask(
    l10n.t('Compare iteration {0} with', later.number),
    commits.filter((each) => each.number < later.number),
  );
  if (!earlier) return;
  const paths = await differing(opened.value, view.taskId, earlier.commit, later.commit);
  if (paths.length === 0) return front.messages.note(l10n.t('Both iterations came to the same files.'));
  const resources = paths.map((path) => [
    vscode.Uri.joinPath(folder, path),
    commitUri(view.taskId, earlier.commit, path),
    commitUri(view.taskId, later.commit, path),
  ]);
  const title = l10n.t('{0}: iteration {1} ↔ {2}', taskTitle(view, 40), earlier.number, later.number);
  await vscode.commands.executeCommand('vscode.changes', title, resources);
};

interface Integrated {
  readonly number: number;
  readonly commit: string;
}

async function integrated(service: LoopService, view: LoopView): Promise<readonly Integrated[]> {
  const found: Integrated[] = [];
  for (const { number } of view.iterations) {
    const past = await service.viewOf(view.taskId, number);
    const commit = past.ok && past.value.gate?.iteration === number ? past.value.gate.commit : null;
    if (commit) found.push({ number, commit });
  }
  return found;
}

/** The newest comes first; where there is only one, nobody is asked. */
async function ask(title: string, choices: readonly Integrated[]): Promise<Integrated | undefined> {
  if (choices.length === 1) return choices[0];
  const items = choices.toReversed().map((choice) => ({
    label: l10n.t('Iteration {0}', choice.number),
    description: choice.commit.slice(0, 7),
    choice,
  }));
  return (await vscode.window.showQuickPick(items, { title }))?.choice;
}

async function differing(
  service: LoopService,
  taskId: string,
  one: string,
  other: string,
): Promise<readonly string[]> {
  const changes = await Promise.all([service.changes?.(taskId, one), service.changes?.(taskId, other)]);
  const paths = [
    ...new Set(changes.flatMap((each) => (each?.ok ? each.value.map((file) => file.path) : []))),
  ].sort();
  if (paths.length > LOOKED_AT) return paths;
  const same = await Promise.all(
    paths.map(async (path) => {
      const [before, after] = await Promise.all([
        service.content?.(taskId, one, path),
        service.content?.(taskId, other, path),
      ]);
      return before?.ok === true && after?.ok === true && before.value === after.value;
    }),
  );
  return paths.filter((_, index) => !same[index]);
}

import { l10n } from 'vscode';
import type { CleanUpItem, CleanUpLoop } from '../../app/clean-up.ts';
import { bytesText } from '../../base/bytes.ts';
import { pickLoop } from '../commands/pick-loop.ts';
import type { Command } from '../front.ts';
import { isActive, taskTitle } from '../words.ts';
import { itemList } from './removal-lists.ts';

/** Refs are many and small; folders first. */
const bySize = (items: readonly CleanUpItem[]): readonly CleanUpItem[] =>
  items.toSorted((one, other) => (other.bytes ?? -1) - (one.bytes ?? -1));

function preview(loop: CleanUpLoop): string {
  const going = loop.items.filter(({ kept }) => kept === null);
  const staying = loop.items.filter(({ kept }) => kept !== null);
  return [
    itemList(bySize(going)),
    ...(staying.length > 0 ? [itemList(staying)] : []),
    l10n.t('Its journal and transcripts are archived; work that is nowhere else gets a rescue ref first.'),
  ].join('\n\n');
}

/** Worktrees, refs and records of one loop that is over: shown first, then archived and removed. */
export const removeLoop: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Remove What a Loop Left'),
    filter: (each) => !isActive(each),
    none: l10n.t('No loop has ended.'),
  });
  if (!view) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const request = { taskId: view.taskId, olderThanMs: 0 };
  const shown = await opened.value.cleanUp({ ...request, remove: false });
  if (!shown.ok) return front.messages.failed(shown.error);
  const [loop] = shown.value.loops;
  if (loop && loop.kept !== null)
    return front.messages.failed({
      kind: 'state',
      message: l10n.t('What this loop left stays: {0}.', loop.kept),
    });
  if (!loop || !loop.items.some(({ kept }) => kept === null))
    return front.messages.note(l10n.t('This loop left nothing behind that could go.'));
  const agreed = await front.messages.confirm(
    l10n.t('Remove what "{0}" left?', taskTitle(view, 60)),
    preview(loop),
    l10n.t('Remove'),
  );
  if (!agreed) return;
  const done = await opened.value.cleanUp({ ...request, remove: true });
  if (!done.ok) return front.messages.failed(done.error);
  const stayed = done.value.loops.flatMap(({ items }) => items.filter(({ kept }) => kept !== null));
  front.messages.note(
    stayed.length === 0
      ? l10n.t('Removed, {0}.', bytesText(loop.bytes))
      : l10n.t('Removed, but for {0} that stay; cfn gc tells why.', stayed.length),
  );
  await front.loops.refresh();
  await front.trees.refresh();
};

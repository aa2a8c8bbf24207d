/** What loops that are over left behind: shown first, then archived and removed. */
import { l10n } from 'vscode';
import type { CleanUpReport } from '../../app/clean-up.ts';
import { bytesText } from '../../base/bytes.ts';
import type { Command } from '../front.ts';

/** Loops that ended today may still be looked at. */
const OLDER_THAN_MS = 86_400_000;

export const cleanUp: Command = async (front) => {
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const request = { taskId: null, olderThanMs: OLDER_THAN_MS };
  const shown = await opened.value.cleanUp({ ...request, remove: false });
  if (!shown.ok) return front.messages.failed(shown.error);
  const detail = describe(shown.value);
  if (detail === null)
    return front.messages.note(l10n.t('No loop that ended more than a day ago left anything behind.'));
  if (!(await front.messages.confirm(l10n.t('Clean up after old loops?'), detail, l10n.t('Clean Up'))))
    return;
  const done = await opened.value.cleanUp({ ...request, remove: true });
  if (!done.ok) return front.messages.failed(done.error);
  const stayed = goingOf(done.value, (kept) => kept !== null).length;
  front.messages.note(
    l10n.t('Cleaned up.{0}', stayed > 0 ? ` ${stayed} things stay; cfn gc tells why.` : ''),
  );
  await front.loops.refresh();
};

const goingOf = (report: CleanUpReport, wanted: (kept: string | null) => boolean) =>
  [...report.loops.flatMap((loop) => (loop.kept === null ? loop.items : [])), ...report.containers].filter(
    (item) => wanted(item.kept),
  );

function describe(report: CleanUpReport): string | null {
  const going = goingOf(report, (kept) => kept === null);
  if (going.length + report.artifacts.length === 0) return null;
  const bytes = going.reduce((sum, item) => sum + (item.bytes ?? 0), 0);
  const counted = new Map<string, number>();
  for (const { kind } of going) counted.set(kind, (counted.get(kind) ?? 0) + 1);
  if (report.artifacts.length > 0) counted.set('.artifacts', report.artifacts.length);
  const list = [...counted].map(([kind, count]) => `${kind}: ${count}`).join('\n');
  const loops = report.loops.filter((loop) => loop.kept === null).length;
  return l10n.t(
    '{0} loops, {1}\n\n{2}\n\nJournals and transcripts are archived, unmerged work is kept.',
    loops,
    bytesText(bytes),
    list,
  );
}

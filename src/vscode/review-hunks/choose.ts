import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { choose, hunkAt, linesMeant, standingOf, type HunkChoice } from '../../domain/review/choices.ts';
import type { FileHunks, Hunk } from '../../domain/review/hunks.ts';
import type { Ranges } from '../../domain/review/ranges.ts';
import type { Front } from '../front.ts';
import type { ComparedFileSide } from './comparison.ts';
import type { ShownHunks } from './hunk-source.ts';

export type Answer = 'accepted' | 'rejected';

/** One hunk that is meant, or some of its lines. */
export interface Meant {
  readonly hunk: Hunk;
  readonly lines: Ranges | null;
}

/** What the selection means: the hunk at the cursor, or the lines of all hunks that it touches. */
export function meantBy(
  { file }: ShownHunks,
  { side }: ComparedFileSide,
  selection: vscode.Selection,
): readonly Meant[] {
  if (file.whole) return file.hunks.map((hunk) => ({ hunk, lines: null }));
  if (selection.isEmpty) {
    const hunk = hunkAt(file, side, selection.active.line);
    return hunk ? [{ hunk, lines: null }] : [];
  }
  const from = selection.start.line;
  // A selection that ends before the first letter of a line does not mean that line.
  const to = selection.end.character === 0 ? selection.end.line : selection.end.line + 1;
  return file.hunks.flatMap((hunk): Meant[] => {
    const [start, end] = hunk[side];
    const touched = start === end ? from < start && start < to : start < to && from < end;
    if (hunk.kind === 'file' || !touched) return [];
    return [{ hunk, lines: linesMeant(hunk, side, [from, to]) }];
  });
}

export function answered(
  before: readonly HunkChoice[],
  path: string,
  meant: readonly Meant[],
  { choice, reason }: { readonly choice: Answer; readonly reason: string },
): readonly HunkChoice[] {
  return meant.reduce<readonly HunkChoice[]>(
    (choices, { hunk, lines }) => choose(choices, { path, hunk, lines, choice, reason }),
    before,
  );
}

/** An accept needs no words; undefined when the person thought better of it. */
export function askReason(what: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: l10n.t('Reject {0}', what),
    prompt: l10n.t('Why? The agents read it. Press Enter to reject without a reason.'),
    placeHolder: l10n.t('Reason (optional)'),
    ignoreFocusOut: true,
  });
}

const atWork = (view: LoopView | null): readonly string[] =>
  (view?.agents ?? []).flatMap(({ id, role, state }) =>
    role === 'implementer' && (state === 'working' || state === 'reporting') ? [id] : [],
  );

/** What comes of a choice while implementers are at work; null while none is. Nobody is told before it is sent. */
export function unsentText(view: LoopView | null): string | null {
  const busy = atWork(view);
  if (busy.length === 0) return null;
  return busy.length === 1
    ? l10n.t('Not sent yet: after Send Review, {0} is told when its turn ends.', busy[0] ?? '')
    : l10n.t('Not sent yet: after Send Review, {0} are told when their turns end.', busy.join(', '));
}

/** Of a review that was sent: `Queued: backend-1 is told when its turn ends.`; null while nobody is at work. */
export function queuedText(view: LoopView | null): string | null {
  const busy = atWork(view);
  if (busy.length === 0) return null;
  return busy.length === 1
    ? l10n.t('Queued: {0} is told when its turn ends.', busy[0] ?? '')
    : l10n.t('Queued: {0} are told when their turns end.', busy.join(', '));
}

/** Why nothing can be chosen here, in one sentence; null where something can. */
export function obstacleTo(shown: ShownHunks | null, meant: readonly Meant[]): string | null {
  if (!shown) return l10n.t('Open the diff of a commit of a loop, and put the cursor on a change.');
  if (!shown.place)
    return l10n.t('This work was not combined yet; choose in the combined work of its iteration.');
  if (meant.length === 0) return l10n.t('There is no change at the cursor; F7 goes to the next one.');
  return meant.every(({ hunk }) => shown.choosable.has(hunk.id))
    ? null
    : l10n.t(
        'This change is not in the combined work of the iteration as it is here, so it is not chosen here.',
      );
}

/** The first hunk after the cursor that nothing was said about. */
export function nextUndecided(
  file: FileHunks,
  choices: readonly HunkChoice[],
  {
    line,
    side,
    direction,
  }: {
    readonly line: number;
    readonly side: ComparedFileSide['side'];
    readonly direction: 'next' | 'previous';
  },
): Hunk | null {
  const open = file.hunks.filter((hunk) => standingOf(choices, file.path, hunk) === 'undecided');
  const place = (hunk: Hunk) => hunk[side][0];
  return direction === 'next'
    ? (open.find((hunk) => place(hunk) > line) ?? null)
    : (open.findLast((hunk) => place(hunk) < line) ?? null);
}

export const failedState = (front: Front, message: string): void =>
  front.messages.failed({ kind: 'state', message });

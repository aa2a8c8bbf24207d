import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { Command, Front } from '../front.ts';
import { visible } from '../words.ts';
import {
  answered,
  askReason,
  failedState,
  meantBy,
  obstacleTo,
  unsentText,
  type Answer,
  type Meant,
} from './choose.ts';
import type { ComparedFileSide } from './comparison.ts';
import type { HunkReview } from './hunk-review.ts';
import type { ShownHunks } from './hunk-source.ts';
import { acceptAgent, rejectAgent } from './whole-agent.ts';
import { leaveOutRejected, undoReviewChange } from './left-out.ts';
import { nextFile, nextHunk, previousFile, previousHunk } from './walk.ts';

interface Active {
  readonly review: HunkReview;
  readonly editor: vscode.TextEditor | null;
  readonly about: ComparedFileSide;
  readonly shown: ShownHunks | null;
}

const fileRow = z.object({
  subject: z.object({
    taskId: z.string(),
    from: z.object({ commit: z.string() }),
    to: z.object({ commit: z.string() }),
  }),
  file: z.object({
    before: z.nullable(z.object({ path: z.string() })),
    after: z.nullable(z.object({ path: z.string() })),
  }),
});

/** The file of a row of the review, else the one in the active editor. */
async function activeFile(front: Front, argument: unknown): Promise<Active | null> {
  const review = await front.hunks();
  const row = fileRow.safeParse(argument);
  if (row.success) {
    const { subject, file } = row.data;
    const path = file.after?.path ?? file.before?.path ?? '';
    const { taskId, from, to } = subject;
    const about = { taskId, from: from.commit, to: to.commit, path, side: 'after' } as const;
    return { review, editor: null, about, shown: await review.source.read(about) };
  }
  const editor = vscode.window.activeTextEditor;
  const about = editor && (await review.compared(editor));
  return editor && about ? { review, editor, about, shown: await review.source.read(about) } : null;
}

async function decide(
  front: Front,
  active: Active | null,
  meant: readonly Meant[],
  choice: Answer,
): Promise<void> {
  const obstacle = obstacleTo(active?.shown ?? null, meant);
  if (obstacle !== null || !active?.shown?.place) return failedState(front, obstacle ?? '');
  const { review, shown, about } = active;
  const { place, file } = active.shown;
  const reason = choice === 'rejected' ? await askReason(visible(file.path)) : '';
  if (reason === undefined) return;
  review.choices.set(place, answered(review.choices.of(place), shown.file.path, meant, { choice, reason }));
  const queued = choice === 'rejected' ? unsentText(front.loops.view(about.taskId)) : null;
  if (queued) review.say(queued);
}

const onHunk =
  (choice: Answer): Command =>
  async (front) => {
    const active = await activeFile(front, null);
    const meant =
      active?.editor && active.shown ? meantBy(active.shown, active.about, active.editor.selection) : [];
    await decide(front, active, meant, choice);
  };

const onFile =
  (choice: Answer): Command =>
  async (front, argument) => {
    const active = await activeFile(front, argument);
    const hunks = active?.shown?.file.hunks ?? [];
    await decide(
      front,
      active,
      hunks.map((hunk) => ({ hunk, lines: null })),
      choice,
    );
  };

const back =
  (step: 'undo' | 'redo'): Command =>
  async (front) => {
    const active = await activeFile(front, null);
    const place = active?.shown?.place;
    const done = place && active.review.choices[step](place);
    if (done) return;
    const nothing =
      step === 'undo' ? l10n.t('There is no choice to undo.') : l10n.t('There is no choice to redo.');
    active?.review.say(nothing);
  };

export const HUNK_TOOLS = {
  acceptHunk: onHunk('accepted'),
  rejectHunk: onHunk('rejected'),
  acceptFile: onFile('accepted'),
  rejectFile: onFile('rejected'),
  acceptAgent,
  rejectAgent,
  undoChoice: back('undo'),
  redoChoice: back('redo'),
  nextHunk,
  previousHunk,
  nextFile,
  previousFile,
  leaveOutRejected,
  undoReviewChange,
} as const satisfies Readonly<Record<string, Command>>;

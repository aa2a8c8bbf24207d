/** Files of one commit of a loop, taken over into its newest work. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { Revision } from '../../app/review/loop-review.ts';
import { sourcesOf } from '../../app/review/revisions.ts';
import { takenItem, type PreparedTake } from '../../domain/review/taken.ts';
import type { Command, Front } from '../front.ts';
import { selectedRows } from '../selected-rows.ts';
import { visible } from '../words.ts';
import { askReview } from './ask-review.ts';
import { revisionItems } from './compare.ts';
import { commitOf } from './commit-files.ts';
import { COMMIT_SCHEME } from './commit-uri.ts';
import { revisionsOf } from './show-diffs.ts';
import { tellMoved } from './tell-moved.ts';
import { sideOf } from './subjects.ts';

const rowSchema = z.object({
  subject: z.object({ taskId: z.string(), to: z.object({ commit: z.string() }) }),
  file: z.object({
    before: z.nullable(z.object({ path: z.string() })),
    after: z.nullable(z.object({ path: z.string() })),
  }),
});

interface Meant {
  readonly taskId: string;
  /** What the person looks at. */
  readonly shown: string;
  readonly paths: readonly string[];
}

/** The selected rows of the review, else the row, else the file in the active editor. */
function meantFiles(argument: unknown, selected: unknown): Meant | null {
  const named = selectedRows(argument, selected).flatMap((row) => {
    const parsed = rowSchema.safeParse(row);
    return parsed.success ? [parsed.data] : [];
  });
  const [first] = named;
  if (first) {
    const paths = named.flatMap(({ file }) => (file.after ?? file.before)?.path ?? []);
    return { taskId: first.subject.taskId, shown: first.subject.to.commit, paths };
  }
  const uri = argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  const about = uri?.scheme === COMMIT_SCHEME ? commitOf(uri) : null;
  return uri && about ? { taskId: about.taskId, shown: about.commit, paths: [uri.path.slice(1)] } : null;
}

/** Commits of the loop that have the files otherwise than its newest work, newest first. */
async function sourcesThatDiffer(
  front: Front,
  { paths }: Meant,
  sources: readonly Revision[],
  to: string,
): Promise<readonly Revision[] | null> {
  const differing: Revision[] = [];
  for (const source of sources) {
    const way = { from: source.commit, to };
    const taken = await askReview(front, (review) => review.wouldTake(paths, way));
    if (!taken) return null;
    if (taken.length > 0) differing.push(source);
  }
  return differing;
}

const namesOf = (paths: readonly string[]): string =>
  paths.length === 1 ? visible(paths[0] ?? '') : l10n.t('{0} files', paths.length);

/** What is open is taken from where it is; of the newest work itself the person is asked for another commit. */
async function sourceOf(
  front: Front,
  meant: Meant,
  sources: readonly Revision[],
  to: string,
): Promise<Revision | null> {
  const shown = meant.shown === to ? undefined : sources.find(({ commit }) => commit === meant.shown);
  if (shown) return shown;
  const others = await sourcesThatDiffer(
    front,
    meant,
    sources.filter(({ commit }) => commit !== to),
    to,
  );
  if (!others) return null;
  const names = namesOf(meant.paths);
  if (others.length === 0) {
    front.messages.note(l10n.t('{0} is the same in all of the loop.', names));
    return null;
  }
  const picked = await vscode.window.showQuickPick(revisionItems(others), {
    title: l10n.t('Take {0} from', names),
    placeHolder: l10n.t('An iteration, an agent, the base'),
    matchOnDescription: true,
  });
  return picked?.revision ?? null;
}

/** Into the result of an ended loop at once; into the work of a loop that goes on with the next review. */
export const takeFile: Command = async (front, argument, selected) => {
  const meant = meantFiles(argument, selected);
  if (!meant) {
    return front.messages.note(l10n.t('Open or select a file of a commit of a loop first.'));
  }
  const { taskId, paths } = meant;
  const revisions = await revisionsOf(front, taskId);
  if (!revisions) return;
  const into = revisions.findLast((each) => each.kind === 'result' || each.kind === 'integrated');
  if (!into) {
    const message = l10n.t('The loop has combined nothing yet that a file could be taken into.');
    return front.messages.failed({ kind: 'state', message });
  }
  const source = await sourceOf(front, meant, sourcesOf(revisions), into.commit);
  if (!source) return;
  const way = { from: source.commit, to: into.commit };
  const taken = await askReview(front, (review) => review.wouldTake(paths, way));
  if (!taken) return;
  const said = { taken, names: namesOf(paths), from: sideOf(source).name };
  if (taken.length === 0) return front.messages.note(l10n.t('{0} is the same in both.', said.names));
  return into.kind === 'result'
    ? takeIntoResult(front, taskId, said)
    : takeWithReview(front, taskId, { ...said, commit: into.commit });
};

interface Said {
  readonly taken: readonly PreparedTake[];
  readonly names: string;
  readonly from: string;
}

async function takeIntoResult(front: Front, taskId: string, { taken, names, from }: Said): Promise<void> {
  const done = await askReview(front, (review) => review.take(taskId, taken));
  if (!done) return;
  const { branch, commit } = done;
  await tellMoved(
    front,
    taskId,
    l10n.t(
      '{0} is at {1} now, with {2} as in {3}. No evidence ran on it.',
      branch,
      commit.slice(0, 7),
      names,
      from,
    ),
  );
}

async function takeWithReview(
  front: Front,
  taskId: string,
  { taken, names, from, commit }: Said & { readonly commit: string },
): Promise<void> {
  const { drafts } = (await front.review()).comments;
  const paths = new Set(taken.map(({ path }) => path));
  await drafts.remove(taskId, ({ kind, file }) => kind === 'taken' && file !== null && paths.has(file));
  for (const file of taken) await drafts.put(taskId, commit, takenItem(crypto.randomUUID(), file));
  const message = l10n.t(
    '{0} as in {1} goes with your review; nobody is told before you send it.',
    names,
    from,
  );
  if (await front.messages.offer(message, l10n.t('Send Review')))
    await vscode.commands.executeCommand('cfn.sendReview', { taskId });
}

const takenRowSchema = z.object({ taskId: z.string(), path: z.string() });

/** A file that was to be taken stays as it is. */
export const leaveFile: Command = async (front, argument) => {
  const row = takenRowSchema.safeParse(argument);
  if (!row.success) return;
  const { taskId, path } = row.data;
  const { drafts } = (await front.review()).comments;
  await drafts.remove(taskId, ({ kind, file }) => kind === 'taken' && file === path);
};

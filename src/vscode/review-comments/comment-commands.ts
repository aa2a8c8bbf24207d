/** What one does with comments and findings. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { quoteOf } from '../../app/review/review-draft.ts';
import { REVIEW_LIMITS, type ReviewItemKind } from '../../domain/review/review.ts';
import type { Thread } from '../../domain/review/thread.ts';
import type { Front } from '../front.ts';
import { commitUri } from '../review/commit-uri.ts';
import type { CommentDeps, CommentThreads } from './comment-threads.ts';
import { sendDrafts } from './send-drafts.ts';
import type { ShownThread } from './thread-board.ts';

export interface CommandDeps extends CommentDeps {
  readonly front: Front;
  readonly shown: CommentThreads;
}

type CommentCommand = (argument: unknown) => Promise<void>;

const rowSchema = z.object({ taskId: z.string(), threadId: z.string() });
const replySchema = z.object({
  thread: z.custom<vscode.CommentThread>((value) => typeof value === 'object' && value !== null),
  text: z.string(),
});

export function createCommentCommands(deps: CommandDeps) {
  const { front, shown, drafts } = deps;
  return {
    addComment: (argument) => addComment(deps, argument),
    editComment: async (argument) => {
      const comment = shown.commentOf(argument);
      if (comment) shown.edit(comment, true);
    },
    cancelComment: async (argument) => {
      const comment = shown.commentOf(argument);
      if (comment) shown.edit(comment, false);
    },
    saveComment: (argument) => saveComment(deps, argument),
    deleteComment: async (argument) => {
      const comment = shown.commentOf(argument);
      const draft = comment?.drawn.draft;
      if (!comment || !draft) return;
      // What was answered to a comment that goes, goes with it.
      await drafts.remove(
        comment.subject.taskId,
        ({ id, kind, thread }) => (id === draft.id && kind === draft.kind) || thread === draft.id,
      );
    },
    acceptFinding: (argument) => judge(deps, argument, 'finding-accepted'),
    dismissFinding: (argument) => judge(deps, argument, 'finding-dismissed'),
    resolveThread: (argument) => judge(deps, argument, 'resolved'),
    sendReview: (argument) => sendDrafts(front, deps, argument),
    showThread: (argument) => showThread(deps, argument),
  } satisfies Readonly<Record<string, CommentCommand>>;
}

/** New drafts are no longer than what can be sent. */
function checked({ front }: CommandDeps, text: string): string | null {
  const trimmed = text.trim();
  if (trimmed !== '' && trimmed.length <= REVIEW_LIMITS.text) return trimmed;
  const message = l10n.t(
    'The comment has {0} characters; it takes 1 to {1}.',
    trimmed.length,
    REVIEW_LIMITS.text,
  );
  front.messages.failed({ kind: 'input', message });
  return null;
}

async function addComment(deps: CommandDeps, argument: unknown): Promise<void> {
  const reply = replySchema.safeParse(argument);
  if (!reply.success) return;
  const { thread } = reply.data;
  const text = checked(deps, reply.data.text);
  if (text === null) return;
  const known = deps.shown.threadOf(thread);
  const subject = known?.subject ?? deps.shown.subjectOf(thread.uri);
  if (!subject) return;
  if (known) return answer(deps, known, text);
  if (subject.commit === null) return;
  const document = await vscode.workspace.openTextDocument(thread.uri);
  const place = placeOf(thread, document);
  const quote = quoteOf(document.getText(), place) ?? '';
  thread.dispose();
  await deps.drafts.put(subject.taskId, subject.commit, {
    id: crypto.randomUUID(),
    kind: 'comment',
    file: subject.path,
    ...place,
    quote,
    text,
  });
}

/** It is about the commit, and the lines, that the thread is about. */
async function answer(deps: CommandDeps, { subject, itemId }: ShownThread, text: string): Promise<void> {
  const answered = threadIn(deps, subject.taskId, itemId);
  const commit = answered?.commit ?? draftOf(deps, subject.taskId, itemId);
  if (commit === null) return;
  const { file, line, endLine } = answered ?? { file: subject.path, line: null, endLine: null };
  const said = { file, line, endLine, quote: '', text, thread: itemId };
  await deps.drafts.put(subject.taskId, commit, { id: crypto.randomUUID(), kind: 'comment', ...said });
}

function placeOf({ range }: vscode.CommentThread, document: vscode.TextDocument) {
  const line = (range?.start.line ?? 0) + 1;
  const endLine = Math.min(Math.max(line, (range?.end.line ?? 0) + 1), document.lineCount);
  return { line, endLine };
}

const threadIn = ({ threads }: CommandDeps, taskId: string, threadId: string): Thread | null =>
  threads.of(taskId).find(({ id }) => id === threadId) ?? null;

/** The commit that a drafted item is about. */
const draftOf = ({ drafts }: CommandDeps, taskId: string, itemId: string): string | null =>
  drafts.of(taskId).find(({ items }) => items.some(({ id }) => id === itemId))?.commit ?? null;

async function saveComment(deps: CommandDeps, argument: unknown): Promise<void> {
  const comment = deps.shown.commentOf(argument);
  const draft = comment?.drawn.draft;
  if (!comment || !draft) return;
  const { taskId } = comment.subject;
  const text = checked(deps, typeof comment.body === 'string' ? comment.body : comment.body.value);
  if (text === null) return;
  const kept = deps.drafts.of(taskId).find(({ items }) => items.some(({ id }) => id === draft.id));
  const item = kept?.items.find(({ id, kind }) => id === draft.id && kind === draft.kind);
  if (kept && item) await deps.drafts.put(taskId, kept.commit, { ...item, text });
  // Also where the text is as it was, and nothing is drawn again.
  deps.shown.edit(comment, false);
}

async function judge(deps: CommandDeps, argument: unknown, kind: ReviewItemKind): Promise<void> {
  const row = rowSchema.safeParse(argument);
  const known = deps.shown.threadOf(argument);
  const taskId = row.success ? row.data.taskId : known?.subject.taskId;
  const threadId = row.success ? row.data.threadId : known?.threadId;
  if (taskId === undefined || threadId === undefined || threadId === null) return;
  const thread = threadIn(deps, taskId, threadId);
  if (!thread) return;
  const reason = kind === 'finding-dismissed' ? await askWhy() : '';
  if (reason === null) return;
  const { file, line, endLine } = thread;
  await deps.drafts.put(taskId, deps.loops.view(taskId)?.commit ?? thread.commit, {
    id: threadId,
    kind,
    file,
    line,
    endLine,
    quote: '',
    text: reason,
  });
}

async function askWhy(): Promise<string | null> {
  const reason = await vscode.window.showInputBox({
    title: l10n.t('Dismiss the Finding'),
    prompt: l10n.t('Why is it none? The reason is kept with it, and agents are not told of it any more.'),
    ignoreFocusOut: true,
    validateInput: (value) =>
      value.trim() === '' || value.length > REVIEW_LIMITS.text
        ? l10n.t('A dismissal takes a reason, up to {0} characters.', REVIEW_LIMITS.text)
        : undefined,
  });
  return reason?.trim() || null;
}

/** The diff of its file, at its line. */
async function showThread(deps: CommandDeps, argument: unknown): Promise<void> {
  const row = rowSchema.safeParse(argument);
  const thread = row.success ? threadIn(deps, row.data.taskId, row.data.threadId) : null;
  if (!row.success || !thread) return;
  const { taskId } = row.data;
  const view = deps.loops.view(taskId);
  const { file } = thread;
  if (!view || file === null) {
    return deps.front.messages.note(
      l10n.t('It was said of no file: {0}', thread.remarks[0]?.finding?.text ?? ''),
    );
  }
  const line = Math.max(0, (thread.line ?? 1) - 1);
  const selection = new vscode.Range(line, 0, line, 0);
  await vscode.commands.executeCommand(
    'vscode.diff',
    commitUri(taskId, view.baseCommit, file),
    commitUri(taskId, thread.commit, file),
    l10n.t('{0} (iteration {1})', file, thread.raisedIn.at(-1) ?? ''),
    { selection, preview: true },
  );
}

/** Threads in editors: where somebody looks at a file of a loop, what was said of it stands at its lines. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { coalesce } from '../../base/coalesce.ts';
import { linesOf } from '../../domain/review/anchor.ts';
import type { Loops } from '../loops.ts';
import { COMMIT_SCHEME } from '../review/commit-uri.ts';
import { commitOf } from '../review/commit-files.ts';
import type { ReviewSubjects } from '../review/subjects.ts';
import type { Drafts } from './drafts.ts';
import { drawnIn, type DocumentSubject } from './drawn-threads.ts';
import type { CommitTexts } from './placed.ts';
import { createThreadBoard, type ThreadBoard } from './thread-board.ts';
import type { ThreadStore } from './threads-store.ts';

export interface CommentDeps {
  readonly loops: Loops;
  readonly subjects: ReviewSubjects;
  readonly threads: ThreadStore;
  readonly drafts: Drafts;
  readonly texts: CommitTexts;
}

export interface CommentThreads extends ThreadBoard, vscode.Disposable {
  subjectOf(uri: vscode.Uri): DocumentSubject | null;
}

const DRAW_MS = 100;

export function createCommentThreads(deps: CommentDeps): CommentThreads {
  const { loops, subjects, threads, drafts, texts } = deps;
  const controller = vscode.comments.createCommentController('cfn-review', l10n.t('CFN Review'));
  const board = createThreadBoard(controller);
  controller.options = {
    prompt: l10n.t('Comment for the next iteration'),
    placeHolder: l10n.t('What should be done differently?'),
  };

  const subjectOf = (uri: vscode.Uri): DocumentSubject | null => {
    if (uri.scheme === COMMIT_SCHEME) {
      const found = commitOf(uri);
      return found && { ...found, path: uri.path.slice(1) };
    }
    const taskId = subjects.current?.taskId;
    const path = taskId === undefined ? null : pathOnDisk(loops, taskId, uri);
    return taskId === undefined || path === null ? null : { taskId, commit: null, path };
  };
  /** Anything of a commit that agents made; the base is what they were given. */
  const takesComments = ({ taskId, commit }: DocumentSubject): boolean => {
    const view = loops.view(taskId);
    return view !== null && view.outcome === null && commit !== null && commit !== view.baseCommit;
  };
  controller.commentingRangeProvider = {
    provideCommentingRanges: ({ uri, lineCount }) => {
      const subject = subjectOf(uri);
      return subject && takesComments(subject) ? [new vscode.Range(0, 0, Math.max(0, lineCount - 1), 0)] : [];
    },
  };

  async function draw(document: vscode.TextDocument): Promise<void> {
    const subject = subjectOf(document.uri);
    const view = subject && loops.view(subject.taskId);
    if (!subject || subject.commit === view?.baseCommit) return board.clear(document.uri);
    const drawn = await drawnIn({
      subject,
      view,
      texts,
      lines: linesOf(document.getText()),
      threads: threads.of(subject.taskId),
      drafts: drafts.of(subject.taskId),
    });
    if (!document.isClosed) board.show(document.uri, subject, drawn);
  }

  const drawAll = coalesce(DRAW_MS, () => {
    for (const document of vscode.workspace.textDocuments) void draw(document);
  });
  const listening = vscode.Disposable.from(
    controller,
    vscode.workspace.onDidOpenTextDocument((document) => void draw(document)),
    vscode.workspace.onDidSaveTextDocument((document) => void draw(document)),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => board.clear(uri)),
    threads.onChange(drawAll.soon),
    drafts.onChange(drawAll.soon),
    subjects.onChange(drawAll.soon),
    drawAll,
  );
  drawAll.soon();

  return { ...board, subjectOf, dispose: () => listening.dispose() };
}

/** The path within the checkout or an agent's worktree of this loop; null elsewhere. */
function pathOnDisk(loops: Loops, taskId: string, uri: vscode.Uri): string | null {
  if (uri.scheme !== 'file') return null;
  const worktrees = (loops.view(taskId)?.agents ?? []).flatMap(({ worktree }) => worktree ?? []);
  const roots = [loops.folder?.path, ...worktrees.map((path) => vscode.Uri.file(path).path)];
  for (const root of roots) {
    if (root !== undefined && uri.path.startsWith(`${root}/`)) return uri.path.slice(root.length + 1);
  }
  return null;
}

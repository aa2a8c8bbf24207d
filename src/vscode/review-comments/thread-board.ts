/** The threads that stand in editors, each drawn again only when what it says is another. */
import * as vscode from 'vscode';
import type { DocumentSubject, DrawnComment, DrawnThread } from './drawn-threads.ts';

/** A comment as its commands get it. */
export interface ShownComment extends vscode.Comment {
  readonly drawn: DrawnComment;
  readonly subject: DocumentSubject;
}

/** What a thread in an editor is about. */
export interface ShownThread {
  readonly subject: DocumentSubject;
  readonly threadId: string | null;
  /** The thread's id, or that of the item which began a thread that is only drafted. */
  readonly itemId: string;
}

export interface ThreadBoard {
  show(uri: vscode.Uri, subject: DocumentSubject, drawn: readonly DrawnThread[]): void;
  clear(uri: vscode.Uri): void;
  /** Null for anything that is no thread of ours, and for one that a person has just begun. */
  threadOf(value: unknown): ShownThread | null;
  commentOf(value: unknown): ShownComment | null;
  /** Has a draft edited, or not any more. */
  edit(comment: ShownComment, editing: boolean): void;
}

interface Held {
  readonly thread: vscode.CommentThread;
  drawn: string;
}

const { CommentMode, CommentThreadState, CommentThreadCollapsibleState } = vscode;

export function createThreadBoard(controller: vscode.CommentController): ThreadBoard {
  const held = new Map<string, Map<string, Held>>();
  const about = new WeakMap<object, ShownThread>();

  function begin(uri: vscode.Uri, drawn: DrawnThread): vscode.CommentThread {
    const thread = controller.createCommentThread(uri, rangeOf(drawn), []);
    thread.collapsibleState = drawn.open
      ? CommentThreadCollapsibleState.Expanded
      : CommentThreadCollapsibleState.Collapsed;
    return thread;
  }

  return {
    show: (uri, subject, drawn) => {
      const key = uri.toString();
      const shown = held.get(key) ?? new Map<string, Held>();
      held.set(key, shown);
      for (const [id, { thread }] of shown) {
        if (drawn.some((each) => each.id === id)) continue;
        thread.dispose();
        shown.delete(id);
      }
      for (const each of drawn) {
        const known = shown.get(each.id);
        const now = JSON.stringify(each);
        if (known?.drawn === now) continue;
        const thread = known?.thread ?? begin(uri, each);
        shown.set(each.id, { thread, drawn: now });
        about.set(thread, { subject, threadId: each.threadId, itemId: each.id });
        update(thread, each, subject);
      }
    },
    clear: (uri) => {
      for (const { thread } of held.get(uri.toString())?.values() ?? []) thread.dispose();
      held.delete(uri.toString());
    },
    threadOf: (value) => (typeof value === 'object' && value !== null ? (about.get(value) ?? null) : null),
    commentOf: (value) => (isShown(value) ? value : null),
    edit: (comment, editing) => {
      const mode = editing ? CommentMode.Editing : CommentMode.Preview;
      for (const { thread } of Array.from(held.values()).flatMap((shown) => Array.from(shown.values()))) {
        if (!thread.comments.includes(comment)) continue;
        // What was typed and not saved is gone: the editor writes it into the comment itself.
        thread.comments = thread.comments.map((each) =>
          each === comment ? { ...comment, mode, body: comment.drawn.body } : each,
        );
      }
    },
  };
}

const isShown = (value: unknown): value is ShownComment =>
  typeof value === 'object' && value !== null && 'drawn' in value && 'subject' in value && 'body' in value;

const rangeOf = ({ place }: DrawnThread): vscode.Range =>
  new vscode.Range(place.line - 1, 0, place.endLine - 1, 0);

function update(thread: vscode.CommentThread, drawn: DrawnThread, subject: DocumentSubject): void {
  thread.range = rangeOf(drawn);
  thread.label = drawn.label;
  thread.contextValue = drawn.context;
  thread.canReply = !drawn.context.endsWith('ended');
  thread.state = drawn.open ? CommentThreadState.Unresolved : CommentThreadState.Resolved;
  thread.comments = drawn.comments.map((comment): ShownComment => ({
    // A string is shown as it is: agents' words are never taken for markup.
    body: comment.body,
    mode: CommentMode.Preview,
    author: { name: comment.author },
    label: comment.label,
    contextValue: comment.draft?.kind === 'comment' ? 'draft comment' : comment.draft ? 'draft' : 'said',
    drawn: comment,
    subject,
  }));
}

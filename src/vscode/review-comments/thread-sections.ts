/** The review view's groups of threads: what is open, and what is done. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { Emitter } from '../../base/emitter.ts';
import { isOpen, type Thread } from '../../domain/review/thread.ts';
import type { ReviewRow, ReviewSection } from '../review/section.ts';
import type { ReviewSubject } from '../review/subjects.ts';
import { visible } from '../words.ts';
import type { CommentDeps } from './comment-threads.ts';
import type { Unsent } from './unsent.ts';
import { reviewSummary, threadHistory, threadTitle } from './thread-words.ts';

interface Deps extends Pick<CommentDeps, 'threads' | 'subjects' | 'loops'> {
  readonly unsent: Unsent;
}

/** A thread's row, as its commands get it. */
interface ThreadRow extends ReviewRow {
  readonly taskId: string;
  readonly threadId: string;
}

const fold = vscode.TreeItemCollapsibleState;

const ICON: Readonly<Record<'critical' | 'warning' | 'suggestion' | 'comment' | 'done', vscode.ThemeIcon>> = {
  critical: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
  warning: new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
  suggestion: new vscode.ThemeIcon('info'),
  comment: new vscode.ThemeIcon('comment'),
  done: new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed')),
};

function threadRow(section: string, taskId: string, thread: Thread, description: string): ThreadRow {
  const id = `${section}/${thread.id}`;
  const done = section === 'verified';
  return {
    id,
    taskId,
    threadId: thread.id,
    item: () => {
      const item = new vscode.TreeItem(threadTitle(thread, 120), fold.None);
      item.id = id;
      item.description = description;
      item.tooltip = `${threadTitle(thread, 400)}\n${visible(placeOf(thread))} · ${threadHistory(thread)}`;
      item.iconPath = done ? ICON.done : ICON[thread.severity ?? 'comment'];
      item.contextValue = `${thread.kind} ${isOpen(thread) ? 'open' : 'closed'}`;
      item.command = {
        command: 'cfn.showThread',
        title: l10n.t('Show It'),
        arguments: [{ taskId, threadId: thread.id }],
      };
      return item;
    },
  };
}

/** `session.ts:83` */
function placeOf({ file, line }: Thread): string {
  if (file === null) return '';
  const name = file.slice(file.lastIndexOf('/') + 1);
  return line === null ? name : `${name}:${line}`;
}

interface Group {
  readonly id: 'findings' | 'verified';
  readonly has: (thread: Thread) => boolean;
  readonly heading: (subject: ReviewSubject) => readonly [title: string, description: string];
  readonly description: (thread: Thread) => string;
  readonly summary: (taskId: string) => string;
}

function section({ threads, unsent }: Deps, group: Group): ReviewSection {
  const changed = new Emitter<void>();
  const listening = [threads.onChange(() => changed.fire()), unsent.onChange(() => changed.fire())];
  return {
    heading: (subject) => {
      const shown = subject ? threads.of(subject.taskId).filter(group.has) : [];
      if (!subject || shown.length === 0) return null;
      const [title, description] = group.heading(subject);
      return {
        id: group.id,
        item: () => {
          const item = new vscode.TreeItem(title, fold.Expanded);
          item.id = group.id;
          item.description = description;
          item.contextValue = group.id;
          return item;
        },
        children: () =>
          shown.map((thread) => threadRow(group.id, subject.taskId, thread, group.description(thread))),
      };
    },
    summary: (subject) => (subject ? group.summary(subject.taskId) : ''),
    onChange: changed.event,
    dispose: () => {
      for (const each of listening) each.dispose();
      changed.dispose();
    },
  };
}

export const createOpenThreads = (deps: Deps): ReviewSection =>
  section(deps, {
    id: 'findings',
    has: (thread) => isOpen(thread) || thread.state.kind === 'claimed-fixed',
    heading: ({ taskId }) => {
      const view = deps.loops.view(taskId);
      const active = view !== null && view.outcome === null;
      return [
        l10n.t('Open findings'),
        active ? l10n.t('become feedback for iteration {0}', view.iteration + 1) : '',
      ];
    },
    description: (thread) =>
      [visible(placeOf(thread)), thread.state.kind === 'open' ? '' : threadHistory(thread)]
        .filter(Boolean)
        .join(' · '),
    summary: (taskId) => reviewSummary(deps.threads.of(taskId), deps.unsent.count(taskId)),
  });

export const createVerifiedThreads = (deps: Deps): ReviewSection =>
  section(deps, {
    id: 'verified',
    has: ({ state }) => state.kind === 'verified',
    heading: () => [l10n.t('Verified fixed'), ''],
    description: threadHistory,
    summary: () => '',
  });

/** The inbox as rows; what was put off is folded away at its end. */
import { l10n } from 'vscode';
import type { InboxItem, InboxKind } from '../../app/projections/inbox.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { GroupRow, InboxRow, Row } from '../agents-tree/row.ts';
import { joined, minutes, taskTitle, visible } from '../words.ts';
import type { Inbox, SnoozedItem } from './inbox.ts';

const ICON: Readonly<Partial<Record<InboxKind, string>>> = {
  decision: 'law',
  question: 'comment-unresolved',
  stuck: 'question',
  conflict: 'git-merge',
  'gate-failed-twice': 'error',
  stalled: 'sync-ignored',
  breakpoint: 'debug-breakpoint',
  budget: 'credit-card',
  'budget-warning': 'credit-card',
  fault: 'error',
};

export const loopName = (item: InboxItem, view: LoopView | null): string =>
  view ? taskTitle(view, 40) : item.taskId;

function row(item: InboxItem, view: LoopView | null, when: string): InboxRow {
  const name = loopName(item, view);
  return {
    kind: 'inbox',
    id: `inbox/${item.id}`,
    itemId: item.id,
    taskId: item.taskId,
    agentId: item.agentId,
    label: visible(item.title),
    description: joined([name, when]),
    state: name,
    tooltip: () => visible([item.detail, ...(item.facts ?? [])].join('\n')),
    icon: { id: ICON[item.kind] ?? 'bell-dot' },
    context: `inbox due ${item.kind}`,
    expanded: false,
    children: [],
  };
}

const backIn = (until: number, now: number): string => l10n.t('back in {0}', minutes(until - now));

function snoozedRow(items: readonly InboxRow[], next: SnoozedItem, now: number): GroupRow {
  return {
    kind: 'group',
    id: 'inbox//snoozed',
    taskId: '',
    label: l10n.t('Snoozed'),
    description: l10n.t('{0}, next {1}', items.length, backIn(next.until, now)),
    state: String(items.length),
    tooltip: () => l10n.t('Put off by you. Nothing is denied: each loop waits as it did.'),
    icon: { id: 'clock' },
    context: 'group',
    expanded: false,
    children: items,
  };
}

/** Longest wait first. */
export function inboxRows(
  inbox: Pick<Inbox, 'due' | 'snoozed'>,
  viewOf: (taskId: string) => LoopView | null,
  now: number,
): readonly Row[] {
  const due = inbox.due().map((item) => row(item, viewOf(item.taskId), minutes(now - item.since)));
  const away = inbox.snoozed();
  const [next] = away;
  if (!next) return due;
  const rows = away.map(({ item, until }) => ({
    ...row(item, viewOf(item.taskId), backIn(until, now)),
    context: `inbox snoozed ${item.kind}`,
  }));
  return [...due, snoozedRow(rows, next, now)];
}

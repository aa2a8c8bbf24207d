/** How threads are put into words; pure. */
import { l10n } from 'vscode';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { withDots } from '../../base/unseen.ts';
import type { Severity } from '../../domain/loop/model.ts';
import type { ReviewItem } from '../../domain/review/review.ts';
import { isOpen, raisersOf, type Remark, type Thread } from '../../domain/review/thread.ts';
import { shortMark } from '../mark-words.ts';
import { visible } from '../words.ts';

export const SEVERITY: Readonly<Record<Severity, string>> = {
  critical: l10n.t('Blocking'),
  warning: l10n.t('Warning'),
  suggestion: l10n.t('Minor'),
};

const short = (text: string, limit: number): string => {
  const line = visible(text).trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
};

/** What the thread is about, in one line. */
export function threadTitle({ remarks }: Pick<Thread, 'remarks'>, limit = 80): string {
  const [first] = remarks;
  return short(first?.finding?.text ?? first?.item?.text ?? '', limit);
}

/** `raised in 2, 3, claimed fixed in 4`. */
export function threadHistory(thread: Thread): string {
  const { raisedIn, state } = thread;
  const raised =
    thread.kind === 'finding'
      ? l10n.t('raised in {0}', raisedIn.join(', '))
      : l10n.t('said in {0}', raisedIn.join(', '));
  switch (state.kind) {
    case 'open':
      return l10n.t('{0}, open', raised);
    case 'reopened':
      return l10n.t('{0}, open again', raised);
    case 'claimed-fixed':
      return l10n.t('{0}, claimed fixed in {1}', raised, state.in);
    case 'verified':
      return l10n.t('{0}, {1}', raised, verifiedWords(thread));
    case 'dismissed':
      return l10n.t('{0}, dismissed: {1}', raised, short(state.reason, 80));
  }
}

function verifiedWords({ state, remarks }: Thread): string {
  if (state.kind !== 'verified') return '';
  const by = state.by.map((one) => (one === 'person' ? l10n.t('you') : visible(one))).join(', ');
  const proof = remarks.findLast(({ finding }) => finding?.proof)?.finding?.proof;
  return proof
    ? l10n.t('fixed in {0}, verified by {1}, proof: {2}', state.in, by, short(proof, 80))
    : l10n.t('fixed in {0}, verified by {1}', state.in, by);
}

/** `Blocking: refresh token survives logout · raised in 4, open`. */
export function threadLabel(thread: Thread, outdated: boolean): string {
  const severity = thread.severity ? `${SEVERITY[thread.severity]}: ` : '';
  const moved = outdated ? l10n.t(' · outdated: the code moved') : '';
  return `${severity}${threadTitle(thread)} · ${threadHistory(thread)}${moved}`;
}

/** `Blocking · gemini · voted 0.71 · right in 2 of 3 findings`. */
export function remarkLabel(remark: Remark, view: LoopView | null, threads: readonly Thread[]): string {
  const { by, finding, item } = remark;
  if (item) return JUDGED[item.kind] ?? '';
  if (!finding) return '';
  const agent = view?.agents.find(({ id }) => id === by);
  return [
    SEVERITY[finding.severity],
    agent?.preset ?? '',
    ...voteWords(remark, view),
    recordWords(by, threads),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** Its vote of that iteration, and what stands against it. */
function voteWords({ by, iteration }: Remark, view: LoopView | null): readonly string[] {
  const consensus = view?.consensus?.iteration === iteration ? view.consensus : null;
  const vote = consensus?.votes.find(({ agentId }) => agentId === by)?.score ?? null;
  const marks = consensus?.marked?.find(({ agentId }) => agentId === by)?.marks ?? [];
  return [vote === null ? '' : l10n.t('voted {0}', vote.toFixed(2)), shortMark(marks) ?? ''];
}

const JUDGED: Readonly<Partial<Record<ReviewItem['kind'], string>>> = {
  rejected: l10n.t('Rejected'),
  'finding-accepted': l10n.t('Accepted'),
  'finding-dismissed': l10n.t('Dismissed'),
  resolved: l10n.t('Resolved'),
};

/** Of what it found in this loop and is judged by now; '' while nothing is. */
function recordWords(by: string, threads: readonly Thread[]): string {
  const own = threads.filter((thread) => thread.kind === 'finding' && raisersOf(thread).includes(by));
  const wrong = own.filter(({ state }) => state.kind === 'dismissed').length;
  const right = own.filter(
    ({ state, accepted }) => state.kind !== 'dismissed' && (accepted || state.kind === 'verified'),
  ).length;
  return right + wrong === 0 ? '' : l10n.t('right in {0} of {1} findings', right, right + wrong);
}

/** A remark's text, whatever it holds: control and direction characters are shown as dots, lines stay. */
export function remarkBody({ finding, item }: Pick<Remark, 'finding' | 'item'>): string {
  const text = plain(finding?.text ?? item?.text ?? '');
  if (item && text === '') return saidWithout(item);
  return finding?.proof ? `${text}\n\n${l10n.t('Proof: {0}', plain(finding.proof))}` : text;
}

const plain = (text: string): string =>
  withDots(
    text
      .slice(0, 10_000)
      .replaceAll(/\r\n?/g, '\n')
      .replaceAll(/[^\S\n]+/g, ' '),
    '\n',
  ).trim();

function saidWithout({ kind }: ReviewItem): string {
  switch (kind) {
    case 'finding-accepted':
      return l10n.t('Agrees with the finding.');
    case 'resolved':
      return l10n.t('Takes it for done.');
    case 'rejected':
      return l10n.t('Rejects these lines.');
    default:
      return '';
  }
}

/** `2 open findings, 1 blocks. 1 draft not sent.` */
export function reviewSummary(threads: readonly Thread[], drafts: number): string {
  const open = threads.filter(isOpen);
  const blocking = open.filter(({ severity }) => severity === 'critical').length;
  const findings =
    open.length === 0
      ? ''
      : blocking > 0
        ? l10n.t('{0} open, {1} blocking.', open.length, blocking)
        : l10n.t('{0} open.', open.length);
  const unsent =
    drafts === 0 ? '' : drafts === 1 ? l10n.t('1 draft not sent.') : l10n.t('{0} drafts not sent.', drafts);
  return [findings, unsent].filter(Boolean).join(' ');
}

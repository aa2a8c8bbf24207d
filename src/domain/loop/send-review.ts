import { ok, type Result } from '../../base/result.ts';
import { reviewFault, type Review, type ReviewItem } from '../review/review.ts';
import { sourceWords } from '../review/taken.ts';
import { threadsOf, type Thread } from '../review/thread.ts';
import { refuse, refuseInput, type Rejection } from './commands.ts';
import type { EventBody } from './events.ts';
import { exitsOf, iterations, slotsOf, type LoopState } from './state.ts';

/** A review is taken as a whole or not at all. */
export function sendReview(state: LoopState, review: Review): Result<readonly EventBody[], Rejection> {
  const { commit, revised, items } = review;
  const fault = reviewFault(review) ?? itemsFault(state, items) ?? takenFault(state, items);
  if (fault) return refuseInput(fault);
  const reviewed = iterationOf(state, commit);
  if (reviewed === null) {
    return refuseInput(
      `The reviewed commit is ${JSON.stringify(commit.slice(0, 80))}; it takes one that an iteration of the loop integrated, or that an attempt came to.`,
    );
  }
  if (state.current?.decision?.decision === 'PROCEED') {
    return refuse('The loop has decided to PROCEED; decide ITERATE, and then send the review.');
  }
  if (revised !== null && state.current?.integrated?.commit !== commit) {
    return refuse(
      `Lines of iteration ${reviewed} can not be taken out any more, since the loop has gone on; review the newest result.`,
    );
  }
  return ok([{ type: 'ReviewSent', reviewed, commit, revised, items }]);
}

/** The newest iteration that came to a commit; null where none did. */
function iterationOf(state: LoopState, commit: string): number | null {
  const found = iterations(state).findLast(
    (record) =>
      record.integrated?.commit === commit || exitsOf(slotsOf(record)).some((exit) => exit.commit === commit),
  );
  return found?.number ?? null;
}

/** Agents are told where a file is from, so it has to be from somewhere in the loop. */
function takenFault(state: LoopState, items: readonly ReviewItem[]): string | null {
  const index = items.findIndex(({ kind, from }) => kind === 'taken' && sourceWords(state, from) === null);
  const item = items[index];
  return item
    ? `Item ${index + 1} of the review: the file is taken from ${JSON.stringify(item.from?.slice(0, 80))}; it takes a commit that an iteration of the loop integrated, or that an attempt came to.`
    : null;
}

/** What is wrong with items in this loop, in one sentence; null when nothing is. */
function itemsFault(state: LoopState, items: readonly ReviewItem[]): string | null {
  const threads = new Map(threadsOf(state).map((thread) => [thread.id, thread]));
  const sent = new Set(state.reviews.flatMap((review) => review.items.map(({ id }) => id)));
  const begun = new Set<string>();
  for (const [index, item] of items.entries()) {
    const answers = item.thread !== undefined && begun.has(item.thread);
    const fault = answers && !sent.has(item.id) ? null : itemFault(item, threads, sent);
    if (fault) return `Item ${index + 1} of the review: ${fault}`;
    sent.add(item.id);
    if (item.kind === 'comment') begun.add(item.id);
  }
  return null;
}

function itemFault(
  item: ReviewItem,
  threads: ReadonlyMap<string, Thread>,
  sent: ReadonlySet<string>,
): string | null {
  const { id, kind, thread } = item;
  switch (kind) {
    case 'comment':
      if (sent.has(id) || threads.has(id)) return `"${id}" was sent already; nothing was sent again.`;
      return thread === undefined || threads.has(thread) ? null : unknownThread(thread);
    // Lines that are chosen again are said again.
    case 'accepted':
    case 'rejected':
    case 'taken':
      return threads.get(id)?.kind === 'finding' ? `"${id}" is the id of a finding.` : null;
    default:
      return judgedFault(item, threads);
  }
}

function judgedFault({ id, kind }: ReviewItem, threads: ReadonlyMap<string, Thread>): string | null {
  const thread = threads.get(id);
  if (!thread) return unknownThread(id);
  if (kind !== 'resolved' && thread.kind !== 'finding') {
    return `"${id}" is a comment; only findings of validators are accepted or dismissed.`;
  }
  return null;
}

const unknownThread = (id: string): string =>
  `the thread is ${JSON.stringify(id.slice(0, 80))}; it takes one of the loop's (cfn review lists them).`;

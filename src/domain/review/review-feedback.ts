/** What implementers are told of threads and of a person's review, item by item. */
import type { FeedbackItem, StampedEvent } from '../loop/events.ts';
import { iterationNumber, type IterationRecord, type LoopState } from '../loop/state.ts';
import { toldFinding } from './describe-finding.ts';
import { asksForWork, threadIdOf, type ReviewItem } from './review.ts';
import { GONE, sourceWords } from './taken.ts';
import { isOpen, threadsOf, type Thread } from './thread.ts';

/** Reviews that no iteration has been told of yet: it starts with those of the iteration before. */
export const pendingReviews = (state: LoopState): readonly StampedEvent<'ReviewSent'>[] =>
  state.reviews.filter(({ iteration }) => iteration === iterationNumber(state));

export const reviewAsksForWork = (state: LoopState): boolean => pendingReviews(state).some(asksForWork);

/** What a person left of the newest integrated commit; null where nothing was rejected in it. */
export function pendingRevision(state: LoopState): StampedEvent<'ReviewSent'>['revised'] {
  const integrated = state.current?.integrated?.commit;
  const found = pendingReviews(state).findLast(
    ({ commit, revised }) => revised !== null && commit === integrated,
  );
  return found?.revised ?? null;
}

interface ReviewFeedback {
  /** Findings that are open: of this iteration, and earlier ones that nobody worked on since. */
  readonly findings: readonly FeedbackItem[];
  /** What a person said of lines. */
  readonly said: readonly FeedbackItem[];
}

/** Threads that are open after an iteration, and what was said in reviews while it was the newest. */
export function reviewFeedback(state: LoopState, record: IterationRecord): ReviewFeedback {
  const open = threadsOf(state).filter(isOpen);
  const pending = state.reviews.filter(({ iteration }) => iteration === record.number);
  const agreed = new Map(
    pending.flatMap(({ items }) =>
      items.flatMap((item) => (item.kind === 'finding-accepted' ? [[item.id, item.text] as const] : [])),
    ),
  );
  const raisedNow = ({ raisedIn }: Thread): boolean => raisedIn.at(-1) === record.number;
  const newest = (thread: Thread) =>
    findingsOf(thread, thread.raisedIn.at(-1) ?? record.number, agreed.get(thread.id));
  const now = open.filter(raisedNow).flatMap(newest);
  const earlier = open.filter((thread) => !raisedNow(thread)).flatMap(newest);
  const ids = new Set(open.map(({ id }) => id));
  return {
    findings: [...now.toSorted((one, other) => one.index - other.index), ...earlier].map(({ item }) => item),
    said: [
      ...open.flatMap((thread) => saidBefore(state, thread, record.number)),
      ...pending.flatMap((review) => review.items.flatMap((item) => saidIn(state, review, item, ids))),
    ],
  };
}

/** A remark of each validator, the first with what a person says to it. */
function findingsOf(thread: Thread, iteration: number, agreed: string | undefined) {
  const remarks = thread.remarks.filter((remark) => remark.iteration === iteration);
  return remarks
    .flatMap(({ by, finding }) => (finding ? [{ by, finding }] : []))
    .map(({ by, finding }, at) => {
      const agrees =
        agreed === undefined || at > 0 ? '' : ` A person agrees${agreed.trim() && `: ${agreed}`}`;
      const text = `${toldFinding(finding)}${agrees}`;
      return { index: finding.index, item: { origin: by, to: null, text, thread: thread.id } };
    });
}

/** In earlier iterations: it is open still, or again. */
function saidBefore(state: LoopState, thread: Thread, iteration: number): readonly FeedbackItem[] {
  return thread.remarks.flatMap((remark) => {
    const { item } = remark;
    if (remark.iteration >= iteration || (item?.kind !== 'comment' && item?.kind !== 'rejected')) return [];
    return [{ origin: 'person', to: addressee(state, item), text: textOf(item, false), thread: thread.id }];
  });
}

function saidIn(
  state: LoopState,
  review: StampedEvent<'ReviewSent'>,
  item: ReviewItem,
  open: ReadonlySet<string>,
): readonly FeedbackItem[] {
  const said = { origin: 'person', to: addressee(state, item), text: textOf(item, review.revised !== null) };
  const thread = threadIdOf(item);
  switch (item.kind) {
    case 'accepted':
      return [said];
    case 'taken':
      return [{ ...said, text: takenText(state, item, review.revised !== null) }];
    case 'comment':
    case 'rejected':
      return open.has(thread) ? [{ ...said, thread }] : [];
    default:
      return [];
  }
}

/** In a split each implementer has its own part; in a race everybody goes on from the same work. */
const addressee = ({ config }: LoopState, { by }: ReviewItem): string | null =>
  config.strategy === 'split' && config.crew.some(({ id, role }) => id === by && role === 'implementer')
    ? (by ?? null)
    : null;

function textOf(item: ReviewItem, takenOut: boolean): string {
  const { kind, file, line, endLine, text } = item;
  const lines = line === null ? '' : `:${line}${endLine !== null && endLine > line ? `-${endLine}` : ''}`;
  const place = file === null ? '' : `${file}${lines}: `;
  switch (kind) {
    case 'accepted':
      return `${place}accepted; keep it as it is.${text.trim() && ` ${text}`}${quoted(item)}`;
    case 'rejected': {
      const was = takenOut ? 'rejected and taken out again' : 'rejected; take it out again';
      return `${place}${was}${text.trim() && `: ${text}`}${quoted(item)}`;
    }
    default:
      return `${place}${text}${quoted(item)}`;
  }
}

/** Whoever begins at a commit that has the file already is told so; whoever does not, takes it over. */
function takenText(state: LoopState, { file, from, text, quote }: ReviewItem, isThere: boolean): string {
  const source = sourceWords(state, from) ?? 'another commit';
  const why = text.trim() && ` ${text}`;
  if (quote === GONE) {
    return `${file}: ${isThere ? 'removed' : 'remove it'}, as it is not there in ${source}.${why}`;
  }
  return isThere
    ? `${file}: taken over as it is in ${source}; go on from it.${why}`
    : `${file}: take it over as it is in ${source} (git checkout ${from} -- ${JSON.stringify(file)}), and go on from it.${why}`;
}

/** Lines of code stay recognisable as such within a list. */
const quoted = ({ quote }: ReviewItem): string =>
  quote === ''
    ? ''
    : `\n${quote
        .replace(/\r?\n$/, '')
        .split(/\r?\n/)
        .map((line) => `   > ${line}`)
        .join('\n')}`;

import type { Commit } from '../loop/model.ts';

export const REVIEW_ITEM_KINDS = [
  'comment',
  'accepted',
  'rejected',
  'finding-accepted',
  'finding-dismissed',
  'resolved',
  'taken',
] as const;

/**
 * `comment`: on lines, or an answer in a thread. `accepted`, `rejected`: changed lines. `finding-accepted`,
 * `finding-dismissed`: a person's judgement of a validator's finding. `resolved`: a person takes a thread for done.
 * `taken`: a file becomes what it is in another commit of the loop.
 */
export type ReviewItemKind = (typeof REVIEW_ITEM_KINDS)[number];

/** One thing that a person says in a review. */
export interface ReviewItem {
  /** Of a comment unique in the loop; where a thread is judged or resolved, that thread's id. */
  readonly id: string;
  readonly kind: ReviewItemKind;
  /** Relative to the repository's root, with slashes; null where the thread names no file. */
  readonly file: string | null;
  /** The first and the last line, from 1, in the reviewed commit; null where there are none. */
  readonly line: number | null;
  readonly endLine: number | null;
  /** These lines as they stood, '' where there are none. */
  readonly quote: string;
  /** What is said, why it was rejected or dismissed. */
  readonly text: string;
  /** A comment that answers in this thread. */
  readonly thread?: string;
  /** The implementer whose lines these are. */
  readonly by?: string;
  /** Of a file that is taken: the commit of the loop that has it as it shall be. */
  readonly from?: Commit;
}

/** What is sent together, about one commit. */
export interface Review {
  readonly commit: Commit;
  /**
   * The reviewed commit without the lines that were rejected in it, and with the files that were taken; null where
   * there are none, or where agents have begun on another commit by now.
   */
  readonly revised: Commit | null;
  readonly items: readonly ReviewItem[];
}

/** Each is generous for a person and small for a prompt, a journal and a screen. */
export const REVIEW_LIMITS = {
  items: 500,
  text: 10_000,
  quote: 20_000,
  file: 1024,
  /** All texts and quotes of a review together. */
  total: 200_000,
} as const;

const ASKS_FOR_WORK: ReadonlySet<ReviewItemKind> = new Set([
  'comment',
  'rejected',
  'finding-accepted',
  'taken',
]);

/** Whether implementers have something to do for it. */
export const asksForWork = ({ revised, items }: Pick<Review, 'revised' | 'items'>): boolean =>
  revised !== null || items.some(({ kind }) => ASKS_FOR_WORK.has(kind));

/** The thread that an item begins, answers, judges or resolves. */
export const threadIdOf = ({ kind, id, thread }: ReviewItem): string =>
  kind === 'comment' ? (thread ?? id) : id;

const ID = /^[\w.:/-]{1,200}$/;

/** What is wrong with a review by itself, in one sentence; null when nothing is. */
export function reviewFault({ revised, items }: Review): string | null {
  if (items.length === 0 && revised === null) {
    return 'The review is empty; comment on a line, judge a finding, or accept or reject lines.';
  }
  if (items.length > REVIEW_LIMITS.items) {
    return `The review has ${items.length} items; it takes up to ${REVIEW_LIMITS.items}. Send it in parts.`;
  }
  const total = items.reduce((sum, { text, quote }) => sum + text.length + quote.length, 0);
  if (total > REVIEW_LIMITS.total) {
    return `The review has ${total} characters; it takes up to ${REVIEW_LIMITS.total}. Send it in parts.`;
  }
  for (const [index, item] of items.entries()) {
    const fault = itemFault(item);
    if (fault) return `Item ${index + 1} of the review: ${fault}`;
  }
  return null;
}

function itemFault(item: ReviewItem): string | null {
  if (!ID.test(item.id)) {
    return `the id is ${JSON.stringify(item.id.slice(0, 80))}; it takes letters, digits and ._:/-, up to 200.`;
  }
  return sizeFault(item) ?? textFault(item) ?? fileFault(item) ?? lineFault(item) ?? sourceFault(item);
}

function sizeFault(item: ReviewItem): string | null {
  for (const field of ['text', 'quote', 'file'] as const) {
    const length = item[field]?.length ?? 0;
    const limit = REVIEW_LIMITS[field];
    if (length > limit) return `the ${field} has ${length} characters; it takes up to ${limit}.`;
  }
  return null;
}

function textFault({ kind, text }: ReviewItem): string | null {
  if (text.trim() !== '') return null;
  if (kind === 'comment') return 'the text is empty; it takes what is to be done.';
  return kind === 'finding-dismissed' ? 'the text is empty; it takes why the finding is dismissed.' : null;
}

const NAMES_A_FILE: ReadonlySet<ReviewItemKind> = new Set(['accepted', 'rejected', 'taken']);

function sourceFault({ kind, from }: ReviewItem): string | null {
  if ((kind === 'taken') === (from !== undefined)) return null;
  return kind === 'taken'
    ? 'the commit that the file is taken from is missing; it takes one of the loop.'
    : 'only a file that is taken is from another commit.';
}

function fileFault({ kind, file, thread }: ReviewItem): string | null {
  if (file !== null) {
    return file === '' || /[\0\r\n]/.test(file)
      ? "the file is not a path; it takes one relative to the repository's root."
      : null;
  }
  const places = NAMES_A_FILE.has(kind) || (kind === 'comment' && thread === undefined);
  return places ? 'the file is missing; it takes the path that is meant.' : null;
}

function lineFault({ line, endLine }: ReviewItem): string | null {
  const whole = [line, endLine].every((one) => one === null || (Number.isSafeInteger(one) && one >= 1));
  if (!whole) return 'the line takes a whole number from 1.';
  if (endLine !== null && (line === null || endLine < line)) {
    return `the last line is ${endLine}; it takes one from the first line on.`;
  }
  return null;
}

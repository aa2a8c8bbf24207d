import { voteOf } from '../consensus.ts';
import type { StampedEvent } from '../loop/events.ts';
import type { Commit, Finding, Severity } from '../loop/model.ts';
import { iterations, type IterationRecord, type LoopState } from '../loop/state.ts';
import { toldFinding } from './describe-finding.ts';
import { threadIdOf, type ReviewItem } from './review.ts';
import { agreement, fingerprint, type Fingerprint } from './same-finding.ts';

/** Something that was said in a thread. */
export interface Remark {
  /** `person`, or the validator's id. */
  readonly by: string;
  readonly iteration: number;
  /** What a validator found, and its place in the list that the consensus names. */
  readonly finding: (Finding & { readonly index: number }) | null;
  /** What a person said. */
  readonly item: ReviewItem | null;
}

export type ThreadState =
  | { readonly kind: 'open' }
  /** Implementers were told of it, and their work was integrated in this iteration. */
  | { readonly kind: 'claimed-fixed'; readonly in: number }
  /** Those who raised it looked again and did not find it, or a person took it for done. */
  | { readonly kind: 'verified'; readonly in: number; readonly by: readonly string[] }
  | { readonly kind: 'reopened'; readonly in: number }
  | { readonly kind: 'dismissed'; readonly in: number; readonly reason: string };

/** A finding, or a comment, and everything that came of it. */
export interface Thread {
  /** As long as the loop: `2.security-1.1` for what a validator found, else the id of the person's item. */
  readonly id: string;
  readonly kind: 'finding' | 'comment';
  readonly state: ThreadState;
  /** A person agrees with the finding. */
  readonly accepted: boolean;
  /** Where it was meant last: lines of `file` in `commit`. */
  readonly commit: Commit;
  readonly file: string | null;
  readonly line: number | null;
  readonly endLine: number | null;
  /** The worst that was said of it; null for a comment. */
  readonly severity: Severity | null;
  /** The iterations in which it was raised, oldest first. */
  readonly raisedIn: readonly number[];
  /** Oldest first; never empty. */
  readonly remarks: readonly Remark[];
}

type Making = { -readonly [Field in keyof Thread]: Thread[Field] } & {
  remarks: Remark[];
  raisedIn: number[];
};

/** Implementers still have to deal with it. */
export const isOpen = ({ state }: Pick<Thread, 'state'>): boolean =>
  state.kind === 'open' || state.kind === 'reopened';

const RANK: Readonly<Record<Severity, number>> = { critical: 2, warning: 1, suggestion: 0 };
/** A remark is compared with so many threads of its file, the newest. */
const COMPARED = 300;

/** All threads of a loop, oldest first. What is said later changes threads and never their ids. */
export function threadsOf(state: LoopState): readonly Thread[] {
  const threads = new Map<string, Making>();
  const words = new Map<Remark, Fingerprint>();
  for (const record of iterations(state)) {
    claimFixes(threads, record);
    takeFindings(threads, words, record);
    for (const review of state.reviews) {
      if (review.iteration === record.number) takeReview(threads, review);
    }
  }
  return Array.from(threads.values());
}

/** Only what the implementers were told of; older journals tell a finding by its text alone. */
function claimFixes(threads: ReadonlyMap<string, Making>, { feedback, integrated, number }: IterationRecord) {
  if (!integrated || integrated.agents.length === 0) return;
  const told = new Set(feedback.map(({ thread, text }) => thread ?? text));
  for (const thread of threads.values()) {
    const known =
      told.has(thread.id) ||
      thread.remarks.some(({ finding }) => finding !== null && told.has(toldFinding(finding)));
    if (isOpen(thread) && known) thread.state = { kind: 'claimed-fixed', in: number };
  }
}

function takeFindings(
  threads: Map<string, Making>,
  words: Map<Remark, Fingerprint>,
  record: IterationRecord,
) {
  const { consensus, number } = record;
  if (!consensus) return;
  const raised = new Set<Making>();
  const counts = new Map<string, number>();
  for (const [index, { by, ...finding }] of consensus.findings.entries()) {
    const count = (counts.get(by) ?? 0) + 1;
    counts.set(by, count);
    const remark: Remark = { by, iteration: number, finding: { ...finding, index }, item: null };
    words.set(remark, fingerprint(finding.text));
    const known = sameThread(threads, words, remark);
    const thread = known ?? newThread(`${number}.${by}.${count}`, 'finding', commitOf(record));
    threads.set(thread.id, thread);
    raise(thread, remark, record);
    raised.add(thread);
  }
  verify(threads, raised, record);
}

function sameThread(
  threads: ReadonlyMap<string, Making>,
  words: ReadonlyMap<Remark, Fingerprint>,
  remark: Remark,
): Making | null {
  const candidates = Array.from(threads.values()).filter(
    (thread) => thread.kind === 'finding' && thread.file === fileOf(remark),
  );
  let best: { readonly thread: Making; readonly agreement: number } | null = null;
  for (const thread of candidates.slice(-COMPARED)) {
    // Nobody says the same twice in one review, however alike two findings sound.
    if (thread.remarks.some(({ by, iteration }) => by === remark.by && iteration === remark.iteration))
      continue;
    for (const other of thread.remarks) {
      const agreed = agreementOf(other, remark, words);
      if (agreed > (best?.agreement ?? 0)) best = { thread, agreement: agreed };
    }
  }
  return best?.thread ?? null;
}

const fileOf = ({ finding }: Remark): string | null => finding?.file ?? null;

function agreementOf(one: Remark, other: Remark, words: ReadonlyMap<Remark, Fingerprint>): number {
  const [mine, theirs] = [words.get(one), words.get(other)];
  if (!mine || !theirs) return 0;
  const place = (remark: Remark) => ({ file: fileOf(remark), line: remark.finding?.line ?? null });
  const later = one.iteration !== other.iteration;
  return agreement({ ...place(one), words: mine }, { ...place(other), words: theirs }, later);
}

const newThread = (id: string, kind: Making['kind'], commit: Commit): Making => ({
  id,
  kind,
  state: { kind: 'open' },
  accepted: false,
  commit,
  file: null,
  line: null,
  endLine: null,
  severity: null,
  raisedIn: [],
  remarks: [],
});

const commitOf = ({ integrated, start }: IterationRecord): Commit => integrated?.commit ?? start;

/** The place is that of the first who said it in the newest iteration. What a person dismissed stays dismissed. */
function raise(thread: Making, remark: Remark, record: IterationRecord): void {
  const again = thread.raisedIn.at(-1) !== record.number;
  if (again) {
    const closed = thread.state.kind === 'claimed-fixed' || thread.state.kind === 'verified';
    if (closed) thread.state = { kind: 'reopened', in: record.number };
    thread.raisedIn.push(record.number);
    thread.commit = commitOf(record);
    thread.file = fileOf(remark);
    thread.line = remark.finding?.line ?? null;
    thread.endLine = thread.line;
    thread.severity = null;
  }
  const severity = remark.finding?.severity ?? 'suggestion';
  if (thread.severity === null || RANK[severity] > RANK[thread.severity]) thread.severity = severity;
  thread.remarks.push(remark);
}

/** By those who raised it, looked again and did not find it. */
function verify(
  threads: ReadonlyMap<string, Making>,
  raised: ReadonlySet<Making>,
  { validators, number }: IterationRecord,
): void {
  const looked = new Set(
    validators.filter((slot) => voteOf(slot).score !== null).map((slot) => slot.agentId),
  );
  for (const thread of threads.values()) {
    if (thread.state.kind !== 'claimed-fixed' || raised.has(thread)) continue;
    const by = raisersOf(thread).filter((agentId) => looked.has(agentId));
    if (by.length > 0) thread.state = { kind: 'verified', in: number, by };
  }
}

/** The validators that raised it, in the order in which they did. */
export const raisersOf = ({ remarks }: Pick<Thread, 'remarks'>): readonly string[] =>
  Array.from(new Set(remarks.flatMap(({ by, finding }) => (finding ? by : []))));

function takeReview(threads: Map<string, Making>, review: StampedEvent<'ReviewSent'>): void {
  for (const item of review.items) {
    if (item.kind === 'accepted' || item.kind === 'taken') continue;
    const known = threads.get(threadIdOf(item));
    const begins = !known && (item.kind === 'rejected' || item.kind === 'comment');
    const thread = begins ? begun(review, item) : known;
    if (!thread) continue;
    threads.set(thread.id, thread);
    thread.remarks.push({ by: 'person', iteration: review.iteration, finding: null, item });
    if (!begins) judge(thread, item, review.iteration);
  }
}

function begun({ commit, iteration }: StampedEvent<'ReviewSent'>, item: ReviewItem): Making {
  const { id, file, line, endLine } = item;
  return { ...newThread(id, 'comment', commit), file, line, endLine, raisedIn: [iteration] };
}

function judge(thread: Making, item: ReviewItem, iteration: number): void {
  switch (item.kind) {
    case 'finding-dismissed':
      thread.state = { kind: 'dismissed', in: iteration, reason: item.text };
      thread.accepted = false;
      return;
    case 'resolved':
      thread.state = { kind: 'verified', in: iteration, by: ['person'] };
      return;
    case 'finding-accepted':
      thread.accepted = true;
      break;
    default:
  }
  if (!isOpen(thread)) thread.state = { kind: 'reopened', in: iteration };
}

/** What is drawn in a document: the threads of its file, each with what a person has drafted in it. */
import { l10n } from 'vscode';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { ReviewDraft } from '../../app/review/review-draft.ts';
import type { ReviewItem } from '../../domain/review/review.ts';
import { isOpen, type Thread } from '../../domain/review/thread.ts';
import { placeIn, type CommitTexts, type Meant, type Shown } from './placed.ts';
import { remarkBody, remarkLabel, threadLabel } from './thread-words.ts';

/** The file that a document shows, as it is in a commit of a loop, or on disk (`commit` null). */
export interface DocumentSubject {
  readonly taskId: string;
  readonly commit: string | null;
  readonly path: string;
}

export interface DrawnComment {
  readonly author: string;
  readonly label: string;
  readonly body: string;
  /** Of a draft: what it is drafted as. */
  readonly draft: Pick<ReviewItem, 'id' | 'kind'> | null;
}

export interface DrawnThread extends Shown {
  /** The thread's id; that of the item where it is only drafted. */
  readonly id: string;
  readonly threadId: string | null;
  readonly label: string;
  /** `finding open`, `comment closed`, `draft`; ` ended` where nobody reads a review any more. */
  readonly context: string;
  readonly open: boolean;
  readonly comments: readonly DrawnComment[];
}

export interface DrawingFacts {
  readonly subject: DocumentSubject;
  readonly lines: readonly string[];
  readonly view: LoopView | null;
  readonly threads: readonly Thread[];
  readonly drafts: readonly ReviewDraft[];
  readonly texts: CommitTexts;
}

export async function drawnIn(facts: DrawingFacts): Promise<readonly DrawnThread[]> {
  const { subject, threads, drafts } = facts;
  const ofFile = threads.filter((thread) => thread.file === subject.path && belongs(facts, thread));
  const drawn = await Promise.all(ofFile.map((thread) => drawThread(facts, thread)));
  const fresh = drafts.flatMap((draft) =>
    draft.items
      .filter((item) => item.thread === undefined && item.kind === 'comment' && item.file === subject.path)
      .map((item) => ({ item, meant: { ...item, commit: draft.commit } })),
  );
  const drafted = await Promise.all(
    fresh
      .filter(({ meant }) => belongs(facts, meant))
      .map(({ item, meant }) => drawDraft(facts, item, meant)),
  );
  // In files on disk only what still fits there.
  return [...drawn, ...drafted].filter((each) => subject.commit !== null || (each.open && !each.outdated));
}

/** Where it was said, and in the newest result: other commits show what was said of them alone. */
const belongs = ({ subject, view }: DrawingFacts, { commit }: Pick<Meant, 'commit'>): boolean =>
  subject.commit === null || subject.commit === commit || subject.commit === view?.commit;

async function shownIn(facts: DrawingFacts, meant: Meant, quote: string): Promise<Shown> {
  const { subject, texts, lines } = facts;
  const before = meant.commit === subject.commit ? lines : await texts.lines(meant.commit, subject.path);
  return placeIn(meant, quote, before, lines);
}

async function drawThread(facts: DrawingFacts, thread: Thread): Promise<DrawnThread> {
  const { view, threads, drafts } = facts;
  const [first] = thread.remarks;
  const shown = await shownIn(facts, thread, first?.item?.quote ?? '');
  const open = isOpen(thread);
  const ended = view?.outcome ? ' ended' : '';
  return {
    ...shown,
    id: thread.id,
    threadId: thread.id,
    label: threadLabel(thread, shown.outdated),
    context: `${thread.kind} ${open ? 'open' : 'closed'}${ended}`,
    open: open || thread.state.kind === 'claimed-fixed',
    comments: [
      ...thread.remarks.map((remark) => ({
        author: remark.by === 'person' ? l10n.t('You') : remark.by,
        label: remarkLabel(remark, view, threads),
        body: remarkBody(remark),
        draft: null,
      })),
      ...drafts.flatMap(({ items }) =>
        items.filter((item) => (item.thread ?? item.id) === thread.id).map(draftComment),
      ),
    ],
  };
}

async function drawDraft(facts: DrawingFacts, item: ReviewItem, meant: Meant): Promise<DrawnThread> {
  const shown = await shownIn(facts, meant, item.quote);
  const replies = facts.drafts.flatMap(({ items }) => items.filter(({ thread }) => thread === item.id));
  return {
    ...shown,
    id: item.id,
    threadId: null,
    label: shown.outdated ? l10n.t('Draft · outdated: the code moved') : l10n.t('Draft'),
    context: 'draft',
    open: true,
    comments: [item, ...replies].map(draftComment),
  };
}

const DRAFT: Readonly<Partial<Record<ReviewItem['kind'], string>>> = {
  'finding-accepted': l10n.t('Draft · Accept'),
  'finding-dismissed': l10n.t('Draft · Dismiss'),
  resolved: l10n.t('Draft · Resolve'),
};

const draftComment = (item: ReviewItem): DrawnComment => ({
  author: l10n.t('You'),
  label: DRAFT[item.kind] ?? l10n.t('Draft'),
  body: remarkBody({ finding: null, item }),
  draft: { id: item.id, kind: item.kind },
});

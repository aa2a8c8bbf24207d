import { l10n } from 'vscode';
import type * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Revision } from '../../app/review/loop-review.ts';
import type { HeldChanges } from '../../domain/review/held-changes.ts';
import { Emitter, type Listen } from '../../base/emitter.ts';
import type { Loops } from '../loops.ts';
import { isActive } from '../words.ts';
import { resultText } from './result-words.ts';

const sideSchema = z.object({ commit: z.string(), name: z.string() });
const subjectSchema = z.object({
  taskId: z.string(),
  iteration: z.nullable(z.int()),
  from: sideSchema,
  to: sideSchema,
});
const choiceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('newest'), taskId: z.string(), against: z.enum(['base', 'previous']) }),
  z.object({ kind: z.literal('fixed'), subject: subjectSchema }),
]);

/** A commit with the words that a person knows it by: `iteration 3`, `backend-1 in iteration 2`. */
export type ReviewSide = Readonly<z.infer<typeof sideSchema>>;

/** What is reviewed: what `to` differs by from `from`. */
export interface ReviewSubject {
  readonly taskId: string;
  /** The iteration whose combined work `to` is; null where it is something else. */
  readonly iteration: number | null;
  readonly from: ReviewSide;
  readonly to: ReviewSide;
  /** `to` is a result that is not where its loop ended. */
  readonly moved?: boolean;
  /** Of a result: what reviews that were sent wanted otherwise in it. */
  readonly held?: HeldChanges | null;
}

/** `newest` goes on with the loop: it is always about what was combined last. */
export type ReviewChoice = Readonly<z.infer<typeof choiceSchema>>;

export interface ReviewSubjects {
  readonly current: ReviewSubject | null;
  readonly choice: ReviewChoice | null;
  /** Fires when `current` is another one. */
  readonly onChange: Listen<void>;
  /** What a person wants to see; kept over reloads. */
  choose(choice: ReviewChoice): Promise<void>;
  /** Looks again: a result branch was moved, which no loop tells of. */
  refresh(): Promise<void>;
  dispose(): void;
}

const KEPT = 'review.choice';

/** Waits for a decision first, then what ended last. */
function loopToReview(views: readonly LoopView[]): LoopView | null {
  const worth = views.filter((view) => view.commit !== null && !view.archived);
  return worth.find((view) => view.waiting?.for === 'decision') ?? worth.find(isActive) ?? worth[0] ?? null;
}

const sameSubject = (one: ReviewSubject | null, other: ReviewSubject | null): boolean =>
  one?.taskId === other?.taskId &&
  one?.from.commit === other?.from.commit &&
  one?.to.commit === other?.to.commit &&
  one?.iteration === other?.iteration;

/** Words for a revision of a loop. */
export function sideOf(revision: Revision): ReviewSide {
  const { commit } = revision;
  switch (revision.kind) {
    case 'base':
      return { commit, name: l10n.t('the base at {0}', commit.slice(0, 7)) };
    case 'start':
      return { commit, name: l10n.t('the start of iteration {0}', revision.iteration) };
    case 'integrated':
      return { commit, name: l10n.t('iteration {0}', revision.iteration) };
    case 'attempt':
      return { commit, name: l10n.t('{0} in iteration {1}', revision.agentId, revision.iteration) };
    case 'result':
      return { commit, name: resultText(revision.standing, revision.iteration) };
  }
}

/** The newest combined work of a loop against its base or the iteration before. */
export function newestOf(
  taskId: string,
  revisions: readonly Revision[],
  against: 'base' | 'previous',
): ReviewSubject | null {
  const combined = revisions.filter((each) => each.kind === 'integrated' || each.kind === 'result');
  const to = combined.at(-1);
  const base = revisions.find((each) => each.kind === 'base');
  if (!to || !base) return null;
  const before = combined.findLast(({ iteration }) => iteration < to.iteration);
  const from = against === 'previous' ? (before ?? base) : base;
  const subject = { taskId, iteration: to.iteration, from: sideOf(from), to: sideOf(to) };
  return to.kind === 'result' ? { ...subject, moved: to.standing !== 'ended', held: to.held } : subject;
}

export function createReviewSubjects(loops: Loops, memory: vscode.Memento): ReviewSubjects {
  const changed = new Emitter<void>();
  const kept = choiceSchema.safeParse(memory.get(KEPT));
  let choice: ReviewChoice | null = kept.success ? kept.data : null;
  let current: ReviewSubject | null = null;
  let seen = '';

  /** The loop and the commit that decide what `current` is: anything else of a loop may change without a look. */
  const wanted = (): { readonly view: LoopView; readonly against: 'base' | 'previous' } | null => {
    const chosen = choice?.kind === 'newest' ? loops.view(choice.taskId) : null;
    const view = chosen?.commit ? chosen : loopToReview(loops.views());
    return view && { view, against: choice?.kind === 'newest' ? choice.against : 'base' };
  };

  async function find(): Promise<ReviewSubject | null> {
    if (choice?.kind === 'fixed' && loops.view(choice.subject.taskId)) return choice.subject;
    const want = wanted();
    if (!want) return null;
    const service = await loops.service();
    if (!service.ok || !service.value.review) return null;
    const revisions = await service.value.review.revisions(want.view.taskId);
    return revisions.ok ? newestOf(want.view.taskId, revisions.value, want.against) : null;
  }

  async function look(): Promise<void> {
    const want = wanted();
    const now = JSON.stringify([choice, want?.view.taskId, want?.view.commit, want?.against]);
    if (now === seen) return;
    seen = now;
    const found = await find();
    // A later look has begun meanwhile.
    if (seen !== now || sameSubject(found, current)) return;
    current = found;
    changed.fire();
  }

  const listening = loops.onChange(() => void look());
  void look();
  return {
    get current() {
      return current;
    },
    get choice() {
      return choice;
    },
    onChange: changed.event,
    choose: async (wish) => {
      choice = wish;
      await memory.update(KEPT, wish);
      await look();
    },
    refresh: async () => {
      seen = '';
      await look();
    },
    dispose: () => {
      listening.dispose();
      changed.dispose();
    },
  };
}

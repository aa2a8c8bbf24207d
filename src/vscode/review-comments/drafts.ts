import type * as vscode from 'vscode';
import * as z from 'zod/mini';
import { Emitter, type Listen } from '../../base/emitter.ts';
import { draftSchema, type ReviewDraft } from '../../app/review/review-draft.ts';
import type { ReviewItem } from '../../domain/review/review.ts';

/** What a person has said and not sent yet, of any loop; kept over reloads. */
export interface Drafts {
  /** Of one loop; one draft for each commit that something was said about. */
  of(taskId: string): readonly ReviewDraft[];
  count(taskId: string): number;
  /** Adds an item, or takes the place of the one with its id and kind. */
  put(taskId: string, commit: string, item: ReviewItem): Promise<void>;
  remove(taskId: string, has: (item: ReviewItem) => boolean): Promise<void>;
  readonly onChange: Listen<void>;
  dispose(): void;
}

const KEPT = 'review.drafts';
const keptSchema = z.array(draftSchema);

const same = (one: ReviewItem, other: ReviewItem): boolean =>
  one.id === other.id && (one.kind === 'comment') === (other.kind === 'comment');

export function createDrafts(memory: vscode.Memento): Drafts {
  const kept = keptSchema.safeParse(memory.get(KEPT, []));
  let drafts: readonly ReviewDraft[] = kept.success ? kept.data : [];
  const changed = new Emitter<void>();
  const keep = async (next: readonly ReviewDraft[]): Promise<void> => {
    drafts = next.filter(({ items }) => items.length > 0);
    changed.fire();
    await memory.update(KEPT, drafts);
  };
  const of = (taskId: string) => drafts.filter((draft) => draft.taskId === taskId);
  const without = (taskId: string, has: (item: ReviewItem) => boolean) =>
    drafts.map((draft) =>
      draft.taskId === taskId ? { ...draft, items: draft.items.filter((item) => !has(item)) } : draft,
    );
  return {
    of,
    count: (taskId) => of(taskId).reduce((sum, { items }) => sum + items.length, 0),
    put: (taskId, commit, item) => {
      const known = drafts.some(
        (draft) => draft.taskId === taskId && draft.items.some((each) => same(each, item)),
      );
      if (known) {
        const replaced = (draft: ReviewDraft) =>
          draft.taskId === taskId
            ? { ...draft, items: draft.items.map((each) => (same(each, item) ? item : each)) }
            : draft;
        return keep(drafts.map(replaced));
      }
      const draft = drafts.find((each) => each.taskId === taskId && each.commit === commit);
      const rest = drafts.filter((each) => each !== draft);
      return keep([...rest, { taskId, commit, items: [...(draft?.items ?? []), item] }]);
    },
    remove: (taskId, has) => keep(without(taskId, has)),
    onChange: changed.event,
    dispose: () => changed.dispose(),
  };
}

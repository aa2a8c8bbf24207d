import type { LoopError } from '../../app/loop-service.ts';
import { chosenItems, rejectedLines, type ChosenItem } from '../../app/review/review-choices.ts';
import { ok, type Result } from '../../base/result.ts';
import type { FileHunks } from '../../domain/review/hunks.ts';
import type { HunkReview } from './hunk-review.ts';

/** What was chosen about a commit, ready to be sent with a review. */
export interface PreparedHunks {
  readonly items: readonly ChosenItem[];
  /** The commit without what was rejected; null where nothing was. */
  readonly revised: string | null;
}

/** Makes the commit without rejected lines. The choices stay until `choices.clear`, so that nothing is lost on the way. */
export async function preparedHunks(
  { choices, source }: HunkReview,
  taskId: string,
  commit: string,
): Promise<Result<PreparedHunks, LoopError>> {
  const about = choices.about(taskId, commit);
  if (about.length === 0) return ok({ items: [], revised: null });
  const opened = await source.review();
  if (!opened.ok) return opened;
  const review = opened.value;
  if (!review) return ok({ items: [], revised: null });
  const items: ChosenItem[] = [];
  for (const each of about) {
    const files = new Map<string, FileHunks>();
    for (const path of new Set(each.choices.map((choice) => choice.path))) {
      const read = await review.hunks(each.base, commit, path);
      if (!read.ok) return read;
      if (read.value) files.set(path, read.value);
    }
    items.push(...chosenItems(each, files));
  }
  const rejected = about.flatMap(rejectedLines);
  if (rejected.length === 0) return ok({ items, revised: null });
  const iteration = (await source.iterationOf(taskId, commit)) ?? 0;
  const revised = await review.revise(taskId, { iteration, commit, rejected });
  return revised.ok ? ok({ items, revised: revised.value }) : revised;
}

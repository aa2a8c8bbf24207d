import type { LoopError } from '../../app/loop-service.ts';
import type { LoopReview } from '../../app/review/loop-review.ts';
import { chosenItems, rejectedLines } from '../../app/review/review-choices.ts';
import { whoseLines } from '../../app/review/whose-lines.ts';
import { ok, type Result } from '../../base/result.ts';
import type { FileHunks } from '../../domain/review/hunks.ts';
import type { ReviewItem } from '../../domain/review/review.ts';
import { takenFiles } from '../../domain/review/taken.ts';
import type { HunkReview } from './hunk-review.ts';

/** What was prepared about a commit, ready to be sent as a review. */
export interface Prepared {
  readonly items: readonly ReviewItem[];
  /** The commit without what was rejected and with what was taken; null where nothing was, or agents have gone on. */
  readonly revised: string | null;
}

interface Asked {
  readonly taskId: string;
  readonly commit: string;
  /** Comments, judged findings and taken files. */
  readonly said: readonly ReviewItem[];
}

/**
 * Makes the commit that the next iteration starts at, and says whose lines are meant. The choices stay until
 * `choices.clear`, so that nothing is lost on the way.
 */
export async function prepare(
  { choices }: Pick<HunkReview, 'choices'>,
  review: LoopReview,
  { taskId, commit, said }: Asked,
): Promise<Result<Prepared, LoopError>> {
  const revisions = await review.revisions(taskId);
  if (!revisions.ok) return revisions;
  const whose = whoseLines(review, revisions.value, commit);
  const items = said.map((item) => withAuthor(item, item.file === null ? null : whose.ofFile(item.file)));
  const about = choices.about(taskId, commit);
  for (const each of about) {
    const files = new Map<string, FileHunks>();
    for (const path of new Set(each.choices.map((choice) => choice.path))) {
      const read = await review.hunks(each.base, commit, path);
      if (!read.ok) return read;
      if (read.value) files.set(path, read.value);
    }
    for (const { hunk, ...item } of chosenItems(each, files)) {
      items.push(withAuthor(item, await whose.ofHunk(item.file, hunk)));
    }
  }
  const taken = takenFiles(said);
  const rejected = about.flatMap(rejectedLines);
  const revised = await review.revise(taskId, { commit, rejected, taken });
  return revised.ok ? ok({ items, revised: revised.value }) : revised;
}

/** Everybody goes on from a file that is taken, and an answer belongs to its thread. */
const withAuthor = (item: ReviewItem, by: string | null): ReviewItem =>
  by === null || item.by !== undefined || item.kind === 'taken' || item.thread !== undefined
    ? item
    : { ...item, by };

import type { LoopError } from '../../app/loop-service.ts';
import type { LoopReview } from '../../app/review/loop-review.ts';
import type { Result } from '../../base/result.ts';
import type { Front } from '../front.ts';

/** Null when the person was told why there is no answer. */
export async function askReview<T>(
  { loops, messages }: Front,
  ask: (review: LoopReview) => Promise<Result<T, LoopError>>,
): Promise<T | null> {
  const opened = await loops.service();
  if (!opened.ok) {
    messages.failed(opened.error);
    return null;
  }
  const asked = opened.value.review && (await ask(opened.value.review));
  if (asked?.ok) return asked.value;
  if (asked) messages.failed(asked.error);
  return null;
}

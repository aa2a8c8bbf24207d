/** What a person has prepared and not sent yet, as it is kept and handed around. */
import * as z from 'zod/mini';
import { REVIEW_ITEM_KINDS, type Review, type ReviewItem } from '../../domain/review/review.ts';

const line = z.nullable(z.int().check(z.minimum(1)));

const itemSchema: z.ZodMiniType<ReviewItem> = z.object({
  id: z.string(),
  kind: z.enum(REVIEW_ITEM_KINDS),
  file: z.nullable(z.string()),
  line,
  endLine: line,
  quote: z.string(),
  text: z.string(),
  thread: z.exactOptional(z.string()),
  by: z.exactOptional(z.string()),
});

export const reviewSchema: z.ZodMiniType<Review> = z.object({
  commit: z.string(),
  revised: z.nullable(z.string()),
  items: z.array(itemSchema),
});

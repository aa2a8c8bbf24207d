/** What a person has prepared and not sent yet, as it is kept and handed around. */
import * as z from 'zod/mini';
import { linesOf, type Place } from '../../domain/review/anchor.ts';
import {
  REVIEW_ITEM_KINDS,
  REVIEW_LIMITS,
  type Review,
  type ReviewItem,
} from '../../domain/review/review.ts';

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
  from: z.exactOptional(z.string()),
});

export const reviewSchema: z.ZodMiniType<Review> = z.object({
  commit: z.string(),
  revised: z.nullable(z.string()),
  items: z.array(itemSchema),
});

/** What was said of one commit of a loop. */
export interface ReviewDraft {
  readonly taskId: string;
  readonly commit: string;
  readonly items: readonly ReviewItem[];
}

export const draftSchema: z.ZodMiniType<ReviewDraft> = z.object({
  taskId: z.string(),
  commit: z.string(),
  items: z.array(itemSchema),
});

/** The lines of a text, without the last line end; null where it has fewer lines. */
export function quoteOf(text: string, { line, endLine }: Place): string | null {
  const lines = linesOf(text);
  const last = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  return endLine > last
    ? null
    : lines
        .slice(line - 1, endLine)
        .join('\n')
        .slice(0, REVIEW_LIMITS.quote);
}

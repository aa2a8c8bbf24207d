/**
 * The files by which an agent asks a person. `cfn ask` writes `out/questions/ID.json` whole and touches it every few
 * seconds for as long as it waits; `answers/ID.json` is what becomes of it. A question whose file is gone, or was not
 * touched for a while, waits for nobody. The same question keeps its ID, so that whoever was cut off while it waited can
 * ask again and gets the answer that came meanwhile.
 */
import * as z from 'zod/mini';

/** Characters. */
export const MAX_QUESTION = 4096;
export const MAX_CHOICES = 8;
export const MAX_CHOICE = 200;
/** In one attempt. */
export const MAX_QUESTIONS = 20;
/** How often a question that waits is touched, and after how long without it nobody waits. */
export const TOUCH_MS = 5_000;
export const ABANDONED_MS = 30_000;
/** Seconds that `cfn ask` waits: by default, and at most. */
export const ASK_SECONDS = 1800;
export const MAX_ASK_SECONDS = 86_400;

const QUESTION_NAME = /^([A-Za-z0-9][A-Za-z0-9_-]{0,63})\.json$/;

/** The ID that a file of `out/questions/` stands for; null where it is none. */
export const questionIdOf = (name: string): string | null => QUESTION_NAME.exec(name)?.[1] ?? null;

const saysSomething = (text: string): boolean => text.trim() !== '';

export const questionFileSchema = z.object({
  version: z.literal(1),
  question: z.string().check(z.maxLength(MAX_QUESTION), z.refine(saysSomething)),
  choices: z.readonly(
    z
      .array(z.string().check(z.maxLength(MAX_CHOICE), z.refine(saysSomething)))
      .check(z.maxLength(MAX_CHOICES)),
  ),
});
export type QuestionFile = z.infer<typeof questionFileSchema>;

export const answerFileSchema = z.discriminatedUnion('state', [
  z.object({ version: z.literal(1), state: z.literal('answered'), answer: z.string() }),
  /** Nobody is asked; `why` is one sentence. */
  z.object({ version: z.literal(1), state: z.literal('refused'), why: z.string() }),
]);
export type AnswerFile = z.infer<typeof answerFileSchema>;

/** What language models hand over to our tools; `package.json` declares the same shapes. */
import * as z from 'zod/mini';
import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import { DECISIONS, MODES } from '../domain/loop/model.ts';

const text = z.string().check(z.trim(), z.minLength(1), z.maxLength(20_000));
const items = z.array(text).check(z.maxLength(50));
const loop = { taskId: z.optional(text) };

export const TOOL_INPUTS = {
  cfn_start_loop: z.strictObject({
    task: text,
    requirements: z.optional(items),
    acceptance: z.optional(items),
    mode: z.optional(z.enum(MODES)),
    preset: z.optional(text),
    iterations: z.optional(z.int().check(z.minimum(1), z.maximum(100))),
    budget: z.optional(z.number().check(z.positive())),
  }),
  cfn_status: z.strictObject(loop),
  cfn_why: z.strictObject({ ...loop, iteration: z.optional(z.int().check(z.minimum(1))) }),
  cfn_add_feedback: z.strictObject({ ...loop, items: items.check(z.minLength(1)) }),
  cfn_decide: z.strictObject({
    ...loop,
    decision: z.enum(DECISIONS),
    reason: z.optional(text),
    feedback: z.optional(items),
  }),
} as const;
export type ToolName = keyof typeof TOOL_INPUTS;

const TEXT = 'a text of at most 20000 characters';
const TEXTS = 'a list of at most 50 texts';
const TAKES: Readonly<Record<string, string>> = {
  task: TEXT,
  taskId: TEXT,
  preset: TEXT,
  reason: TEXT,
  requirements: TEXTS,
  acceptance: TEXTS,
  feedback: TEXTS,
  items: 'a list of 1 to 50 texts',
  mode: MODES.join(', '),
  decision: DECISIONS.join(', '),
  iterations: 'a whole number from 1 to 100',
  iteration: 'a whole number from 1',
  budget: 'US dollars, more than 0',
};

/** Errors are one sentence that names the field and what it takes. */
export function parseToolInput<S extends z.core.$ZodObject>(
  name: ToolName,
  schema: S,
  input: unknown,
): Result<z.output<S>, string> {
  const parsed = z.safeParse(schema, input);
  if (parsed.success) return ok(parsed.data);
  const names = Object.keys(schema._zod.def.shape).join(', ');
  const [issue] = parsed.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    return err(`${name} does not know ${shown(issue.keys[0])}; it takes ${names}.`);
  }
  const field = String(issue?.path[0] ?? '');
  const takes = TAKES[field];
  if (takes === undefined || typeof input !== 'object' || input === null) {
    return err(`${name} takes an object with ${names}.`);
  }
  const value = (input as Readonly<Record<string, unknown>>)[field];
  return err(
    value === undefined
      ? `${name} needs ${field}; it takes ${takes}.`
      : `${field} is ${shown(value)}; it takes ${takes}.`,
  );
}

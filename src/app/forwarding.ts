import * as z from 'zod';
import { err, ok, type Result } from '../base/result.ts';
import type { Command } from '../domain/loop/commands.ts';
import { DECISIONS } from '../domain/loop/model.ts';
import type { LoopStore } from '../ports/journal.ts';
import { fail } from './loop-error.ts';
import { reviewSchema } from './review/review-draft.ts';
import type { LiveLoop } from './live-loop.ts';
import type { LoopError } from './loop-service.ts';

/** Commands that a person may send to a loop that another process holds. */
export type Steering = Extract<
  Command,
  {
    kind:
      | 'stop'
      | 'pause'
      | 'unpause'
      | 'decide'
      | 'add-feedback'
      | 'send-review'
      | 'own-edits'
      | 'start-now'
      | 'set-breakpoints'
      | 'release'
      | 'change-thresholds'
      | 'retry-agent'
      | 'nudge-agent'
      | 'leave-agent'
      | 'stop-agent'
      | 'answer-question';
  }
>;

const texts = z.array(z.string());
const thresholds = z.object({
  gate: z.number().exactOptional(),
  consensus: z.number().exactOptional(),
  maxIterations: z.number().exactOptional(),
});
const edit = z.object({
  description: z.string().exactOptional(),
  requirements: texts.exactOptional(),
  acceptance: texts.exactOptional(),
  deliverables: texts.exactOptional(),
  priority: z.string().exactOptional(),
  feedback: texts.exactOptional(),
  confidence: z.number().min(0).max(1).exactOptional(),
  critical: texts.exactOptional(),
  warnings: texts.exactOptional(),
  suggestions: texts.exactOptional(),
  failedFor: texts.exactOptional(),
});
const program = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('preset'), preset: z.string(), model: z.string().exactOptional() }),
  z.object({ kind: z.literal('exec'), argv: texts, tty: z.boolean() }),
]);

const by = z.enum(['person', 'loop']);

const steeringSchema: z.ZodType<Steering> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('stop') }),
  z.object({ kind: z.literal('pause'), now: z.boolean() }),
  z.object({ kind: z.literal('unpause') }),
  z.object({
    kind: z.literal('decide'),
    decision: z.enum(DECISIONS),
    reason: z.string(),
    feedback: z.array(z.string()),
    confirm: z.array(z.string()),
  }),
  z.object({ kind: z.literal('add-feedback'), items: z.array(z.string()) }),
  z.object({ kind: z.literal('send-review'), review: reviewSchema }),
  z.object({ kind: z.literal('own-edits'), paths: z.array(z.string()) }),
  z.object({ kind: z.literal('start-now') }),
  z.object({ kind: z.literal('set-breakpoints'), points: z.array(z.number()) }),
  z.object({ kind: z.literal('release'), edit: z.nullable(edit) }),
  z.object({ kind: z.literal('change-thresholds'), thresholds }),
  z.object({
    kind: z.literal('nudge-agent'),
    agentId: z.string(),
    text: z.string(),
    interrupt: z.boolean(),
    by,
  }),
  z.object({ kind: z.literal('leave-agent'), agentId: z.string() }),
  z.object({
    kind: z.literal('stop-agent'),
    agentId: z.string(),
    again: z.boolean(),
    by,
    reason: z.string(),
  }),
  z.object({
    kind: z.literal('answer-question'),
    agentId: z.string(),
    questionId: z.string(),
    answer: z.string(),
  }),
  z.object({ kind: z.literal('retry-agent'), agentId: z.string(), program: z.nullable(program) }),
]);

const answerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), kind: z.enum(['input', 'state', 'internal']), message: z.string() }),
]);
type Answer = z.infer<typeof answerSchema>;

/** The holder's side. */
export async function answerForwarded(loop: LiveLoop | undefined, command: unknown): Promise<Answer> {
  const parsed = steeringSchema.safeParse(command);
  if (!parsed.success)
    return {
      ok: false,
      kind: 'input',
      message: 'This command is not known to the process that runs the loop.',
    };
  if (!loop)
    return {
      ok: false,
      kind: 'state',
      message: 'The process that holds the loop is still starting it; try again.',
    };
  const result = await loop.session.dispatch(parsed.data);
  // Whoever is told that a queued loop was stopped looks at the line next.
  if (parsed.data.kind === 'stop') await loop.told();
  return result.ok ? { ok: true } : { ok: false, ...result.error };
}

/** The other side. */
export async function forwardCommand(
  store: LoopStore,
  taskId: string,
  command: Steering,
): Promise<Result<void, LoopError>> {
  const answer = answerSchema.safeParse(await store.forward(taskId, command));
  if (!answer.success) {
    return fail(
      'state',
      `The process that runs ${taskId} does not answer; wake it if it is suspended, or end it and resume the loop.`,
    );
  }
  return answer.data.ok ? ok(undefined) : err({ kind: answer.data.kind, message: answer.data.message });
}

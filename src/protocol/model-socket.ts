/**
 * What an agent program and the window that lends it a language model say to each other, one JSON object a line, and what
 * that program prints for its runner.
 */
import * as z from 'zod/mini';
import { usageSchema } from './attempt.ts';

/** Variables of one attempt: where the window listens, and the word that opens one conversation. */
export const MODEL_SOCKET = 'CFN_MODEL_SOCKET';
export const MODEL_TOKEN = 'CFN_MODEL_TOKEN';

export const ONLY_INSIDE =
  "VS Code's language models are there only inside VS Code; start or resume the loop in one of its windows.";

/** A longer line is no message of ours. */
export const LONGEST_MODEL_LINE = 16 * 1024 * 1024;

const partSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({ kind: z.literal('tool-result'), callId: z.string(), text: z.string() }),
]);
export type ModelPart = z.infer<typeof partSchema>;

const toolSchema = z.object({
  name: z.string(),
  description: z.string(),
  inputSchema: z.record(z.string(), z.unknown()),
});
export type ModelTool = z.infer<typeof toolSchema>;

/** The conversation is kept in the window, so each `ask` holds only what is new. */
export const toWindowSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), token: z.string() }),
  z.object({
    type: z.literal('ask'),
    parts: z.readonly(z.array(partSchema).check(z.minLength(1))),
    tools: z.readonly(z.array(toolSchema)),
  }),
]);
export type ToWindow = z.infer<typeof toWindowSchema>;

export const MODEL_FAILURES = [
  'no-permission',
  'blocked',
  'not-found',
  'rate-limited',
  'failed',
  'closing',
] as const;
export type ModelFailureReason = (typeof MODEL_FAILURES)[number];

export const fromWindowSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('model'), name: z.string(), maxInputTokens: z.number() }),
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('tool-call'), callId: z.string(), name: z.string(), input: z.unknown() }),
  /** The end of an answer; `usage` is that of this one request, `null` where the model counts no tokens. */
  z.object({ type: z.literal('answered'), usage: z.nullable(usageSchema) }),
  z.object({ type: z.literal('failed'), reason: z.enum(MODEL_FAILURES), message: z.string() }),
]);
export type FromWindow = z.infer<typeof fromWindowSchema>;

/** What the program prints, for its runner. Usage is the total of the run. */
export const modelAgentEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), model: z.string() }),
  z.object({ type: z.literal('said'), text: z.string() }),
  z.object({ type: z.literal('tool'), name: z.string(), detail: z.string() }),
  z.object({ type: z.literal('tool-result'), text: z.string(), isError: z.boolean() }),
  z.object({ type: z.literal('usage'), usage: usageSchema }),
  z.object({ type: z.literal('finished') }),
  z.object({ type: z.literal('failed'), reason: z.enum(MODEL_FAILURES), message: z.string() }),
]);
export type ModelAgentEvent = z.infer<typeof modelAgentEventSchema>;

/** The object that a line holds, or `undefined` for anything else. */
export function parseLine<S extends z.ZodMiniType>(schema: S, line: string): z.infer<S> | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

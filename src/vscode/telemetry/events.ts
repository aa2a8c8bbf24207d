/** Everything that can be told: numbers and words of closed lists. docs/telemetry.md lists the same, held by a test. */
import * as z from 'zod/mini';
import { MODES, OUTCOMES, STRATEGIES, WAITS } from '../../domain/loop/model.ts';
import type { ToolName } from '../../protocol/tool-inputs.ts';

const count = z.int().check(z.minimum(0), z.maximum(100_000));
/** A name in our code: no blank, no slash, no dot. */
const name = z.string().check(z.regex(/^[a-z][a-zA-Z]{2,40}$/));
const TOOLS = [
  'cfn_start_loop',
  'cfn_status',
  'cfn_why',
  'cfn_add_feedback',
  'cfn_decide',
] as const satisfies readonly ToolName[];

export const TELEMETRY_EVENTS = {
  loopStarted: z.strictObject({
    mode: z.enum(MODES),
    strategy: z.enum(STRATEGIES),
    implementers: count,
    validators: count,
  }),
  loopWaited: z.strictObject({ reason: z.enum(WAITS), iteration: count }),
  loopEnded: z.strictObject({ outcome: z.enum(OUTCOMES), iterations: count, minutes: count }),
  commandRun: z.strictObject({ command: name }),
  chatAsked: z.strictObject({ command: z.enum(['start', 'status', 'why', 'none']) }),
  toolUsed: z.strictObject({ tool: z.enum(TOOLS) }),
} as const;
export type TelemetryEvent = keyof typeof TELEMETRY_EVENTS;
export type TelemetryData<E extends TelemetryEvent> = z.infer<(typeof TELEMETRY_EVENTS)[E]>;

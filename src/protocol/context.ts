/** `context.json`, the file behind CFN_CONTEXT_FILE: the seeds' CLI context (SI-065) and what the loop adds. */
import * as z from 'zod';
import { OUTCOMES, ROLES } from '../domain/loop/model.ts';

export const agentContextSchema = z.object({
  task_id: z.string(),
  agent_id: z.string(),
  mode: z.literal('cli'),
  /** Absolute path of the folder the agent starts in. */
  workspace: z.string(),
  coordination: z.object({
    /** Absent where no coordination store runs. */
    redis: z.object({ host: z.string(), port: z.int() }).optional(),
    channels: z.object({ complete: z.string(), error: z.string(), signal: z.string() }),
  }),
  resources: z.object({
    /** Docker's notation (`1g`); absent where memory is not limited. */
    memory_limit: z.string().optional(),
    /** Seconds, as a string. */
    timeout: z.string(),
  }),
  role: z.enum(ROLES),
  /** Counted from 1. */
  iteration: z.int().min(1),
  description: z.string(),
  requirements: z.array(z.string()),
  priority: z.string(),
  deliverables: z.array(z.string()),
  acceptance: z.array(z.string()),
  /** Items of the previous iteration, empty in the first. */
  feedback: z.array(z.string()),
  nonce: z.string(),
  /** Validators only: a score below it needs at least one finding. */
  scoreThreshold: z.number().optional(),
  /** Files that a person gave along with the task: the agent's own copies; absent where there are none. */
  attachments: z
    .array(
      z.object({
        path: z.string(),
        name: z.string(),
        kind: z.enum(['text', 'image', 'other']),
        bytes: z.int(),
        sha256: z.string(),
      }),
    )
    .optional(),
  /** The finished loop at whose result this one began; absent where there was none. */
  continues: z
    .object({
      task_id: z.string(),
      description: z.string(),
      outcome: z.enum(OUTCOMES),
      commit: z.string(),
    })
    .optional(),
});

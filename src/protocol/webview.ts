/**
 * The channel between the editor and the loop panel: the panel says `hello` and gets a `snapshot`; then come
 * `delta`s with consecutive numbers. A gap makes the panel say `hello` again. Everything here is display data:
 * words are made by the host, ages by the panel's own clock.
 */
import * as z from 'zod/mini';
import { DECISIONS, ROLES } from '../domain/loop/model.ts';

const stepStatus = z.enum(['todo', 'now', 'done', 'bad', 'need', 'warning']);
export type StepStatus = z.infer<typeof stepStatus>;

const agentStatus = z.enum(['queued', 'working', 'done', 'no-vote', 'failed', 'lost', 'cancelled']);
export type AgentStatus = z.infer<typeof agentStatus>;

const panelAgent = z.object({
  id: z.string(),
  role: z.enum(ROLES),
  preset: z.string(),
  status: agentStatus,
  /** `done, claims 0.86` */
  word: z.string(),
  /** Epoch milliseconds. */
  startedAt: z.nullable(z.number()),
  endedAt: z.nullable(z.number()),
  added: z.number(),
  removed: z.number(),
  files: z.number(),
  cost: z.nullable(z.string()),
  attempt: z.number(),
  line: z.string(),
  canOpen: z.boolean(),
});
export type PanelAgent = z.infer<typeof panelAgent>;

const STEPS = ['implement', 'gate', 'validate', 'decide'] as const;
export type PanelStep = (typeof STEPS)[number];

const panelIteration = z.object({
  number: z.number(),
  /** `Gate failed: tests 61 %` */
  word: z.string(),
  status: stepStatus,
  best: z.boolean(),
  startedAt: z.number(),
  /** Null while it goes on. */
  endedAt: z.nullable(z.number()),
  cost: z.string(),
  /** How long each step that was begun took, in milliseconds; the last one grows while it runs. */
  steps: z.array(z.object({ step: z.enum(STEPS), ms: z.nullable(z.number()), failed: z.boolean() })),
});
export type PanelIteration = z.infer<typeof panelIteration>;

/** One quantity over the iterations; a value that is not known is null, never 0. */
const panelSeries = z.object({
  title: z.string(),
  kind: z.enum(['line', 'bar']),
  /** The newest value, as words. */
  now: z.string(),
  values: z.array(z.nullable(z.number())),
  /** Each value as words, for those who read the table. */
  words: z.array(z.string()),
  /** Only lines have one. */
  threshold: z.nullable(z.number()),
});
export type PanelSeries = z.infer<typeof panelSeries>;

export const panelLoopSchema = z.object({
  taskId: z.string(),
  title: z.string(),
  description: z.string(),
  state: z.string(),
  active: z.boolean(),
  paused: z.boolean(),
  needsYou: z.boolean(),
  mode: z.string(),
  branch: z.string(),
  iteration: z.number(),
  maxIterations: z.number(),
  startedAt: z.number(),
  endedAt: z.nullable(z.number()),
  cost: z.nullable(z.string()),
  hasResult: z.boolean(),
  steps: z.array(
    z.object({
      title: z.string(),
      subtitle: z.string(),
      status: stepStatus,
      lines: z.tuple([z.string(), z.string()]),
    }),
  ),
  wayBack: z.object({ text: z.string(), taken: z.boolean() }),
  agents: z.array(panelAgent),
  gate: z.nullable(
    z.object({
      iteration: z.int(),
      passed: z.boolean(),
      evidence: z.string(),
      evidenceOk: z.nullable(z.boolean()),
      confidence: z.number(),
      threshold: z.number(),
      sentence: z.string(),
      reasons: z.array(z.string()),
    }),
  ),
  consensus: z.nullable(
    z.object({
      passed: z.boolean(),
      score: z.nullable(z.number()),
      threshold: z.number(),
      votes: z.array(z.object({ agentId: z.string(), score: z.nullable(z.number()) })),
    }),
  ),
  decision: z.nullable(z.object({ decision: z.enum(DECISIONS), by: z.string(), reason: z.string() })),
  /** Due decision; null when no person is needed. */
  ask: z.nullable(
    z.object({
      message: z.string(),
      since: z.number(),
      choices: z.array(z.object({ decision: z.enum(DECISIONS), text: z.string(), recommended: z.boolean() })),
    }),
  ),
  feedback: z.array(z.string()),
  iterations: z.array(panelIteration),
  convergence: z.object({ verdict: z.string(), series: z.array(panelSeries) }),
  transferPoints: z.array(
    z.object({
      point: z.number(),
      name: z.string(),
      state: z.enum(['open', 'verified', 'differs']),
      /** `not written yet`, or the iteration it was written in. */
      detail: z.string(),
      key: z.nullable(z.string()),
      sha256: z.nullable(z.string()),
    }),
  ),
});
export type PanelLoop = z.infer<typeof panelLoopSchema>;

const listedLoop = z.object({ taskId: z.string(), title: z.string(), state: z.string() });

/** To the panel. `loop: null` is the empty panel. */
export const toPanelSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('snapshot'),
    seq: z.int(),
    /** In Restricted Mode nothing can be started. */
    trusted: z.boolean(),
    loop: z.nullable(panelLoopSchema),
    others: z.array(listedLoop),
  }),
  z.object({ type: z.literal('delta'), seq: z.int(), patch: z.partial(panelLoopSchema) }),
]);
export type ToPanel = z.infer<typeof toPanelSchema>;

/** Commands that the panel's buttons stand for; the host runs no other. */
export const PANEL_COMMANDS = [
  'startLoop',
  'watchDemo',
  'newEpic',
  'pauseLoop',
  'resumeLoop',
  'stopLoop',
  'addFeedback',
  'decide',
  'showDiff',
  'showLog',
] as const;
export type PanelCommand = (typeof PANEL_COMMANDS)[number];

/** From the panel. */
export const fromPanelSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello') }),
  z.object({ type: z.literal('command'), command: z.enum(PANEL_COMMANDS) }),
  z.object({
    type: z.literal('decide'),
    decision: z.enum(DECISIONS),
    text: z.string().check(z.maxLength(20_000)),
  }),
  z.object({
    type: z.literal('agent'),
    command: z.enum(['openTerminal', 'openWorktree', 'showTranscript']),
    agentId: z.string().check(z.maxLength(64)),
  }),
  z.object({ type: z.literal('show'), taskId: z.string().check(z.maxLength(64)) }),
]);
export type FromPanel = z.infer<typeof fromPanelSchema>;

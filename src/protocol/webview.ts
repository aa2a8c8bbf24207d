/**
 * The channel between the editor and the loop panel: the panel says `hello` and gets a `snapshot`; then come
 * `delta`s with consecutive numbers. A gap makes the panel say `hello` again.
 */
import * as z from 'zod/mini';
import { DECISIONS } from '../domain/loop/model.ts';
import { AGENT_ACTIONS, panelLoopSchema } from './panel-loop.ts';

const listedLoop = z.object({ taskId: z.string(), title: z.string(), state: z.string() });

/** Everything but the agents: of those a delta carries only the ones that changed. */
const patch = z.partial(z.omit(panelLoopSchema, { agents: true }));

/** To the panel. `loop: null` is the empty panel. */
export const toPanelSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('snapshot'),
    seq: z.int(),
    /** In Restricted Mode nothing can be started. */
    trusted: z.boolean(),
    /** The window still reads what there is. */
    opening: z.boolean(),
    /** Why loops cannot run here, in one sentence. */
    problem: z.nullable(z.string()),
    loop: z.nullable(panelLoopSchema),
    others: z.array(listedLoop),
  }),
  z.object({
    type: z.literal('delta'),
    seq: z.int(),
    patch,
    agents: z.object({
      /** New or changed ones. */
      changed: panelLoopSchema.shape.agents,
      /** All ids in order; null while the same ones are there. */
      order: z.nullable(z.array(z.string())),
    }),
  }),
  /** An iteration that was asked for, as it stood at its end. */
  z.object({ type: z.literal('iteration'), number: z.int(), loop: panelLoopSchema }),
  /** What was asked for could not be done; the sentence is shown where it was asked. */
  z.object({
    type: z.literal('failed'),
    what: z.enum(['iteration', 'release', 'breakpoint', 'held', 'feedback']),
    message: z.string(),
  }),
  /** What a held hand-over says, as JSON text, and the fields that may be changed. */
  z.object({ type: z.literal('held'), point: z.int(), text: z.string(), editable: z.array(z.string()) }),
  /** Nothing changed, and the editor still watches. */
  z.object({ type: z.literal('alive') }),
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
  'doctor',
  'setRedisPassword',
  'startNow',
  'loopQueue',
  'changeThresholds',
  'retryAgent',
  'compareIterations',
  'bringHome',
  'exportRecord',
  'setBreakpoints',
  'releaseHandOver',
] as const;
export type PanelCommand = (typeof PANEL_COMMANDS)[number];

const shortId = z.string().check(z.maxLength(64));
const text = z.string().check(z.maxLength(20_000));
const point = z.int().check(z.minimum(1), z.maximum(7));
const iteration = z.int().check(z.minimum(1), z.maximum(10));

/** From the panel. */
export const fromPanelSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello') }),
  z.object({ type: z.literal('command'), command: z.enum(PANEL_COMMANDS) }),
  z.object({ type: z.literal('decide'), decision: z.enum(DECISIONS), text }),
  z.object({ type: z.literal('feedback'), text }),
  z.object({ type: z.literal('agent'), action: z.enum(AGENT_ACTIONS), agentId: shortId }),
  /** To a question of an agent: one of its choices, or null for words of the person's own. */
  z.object({
    type: z.literal('answer'),
    agentId: shortId,
    questionId: shortId,
    choice: z.nullable(z.int().check(z.minimum(0))),
  }),
  z.object({ type: z.literal('show'), taskId: shortId }),
  /** Start a loop on what was typed into the empty panel. */
  z.object({ type: z.literal('start'), text }),
  z.object({ type: z.literal('iteration'), number: iteration }),
  z.object({ type: z.literal('handOver'), point, iteration, what: z.enum(['payload', 'prompt', 'compare']) }),
  z.object({ type: z.literal('breakpoint'), point, on: z.boolean() }),
  z.object({ type: z.literal('release'), edited: z.nullable(z.string().check(z.maxLength(2_000_000))) }),
  /** What the held hand-over says. */
  z.object({ type: z.literal('held') }),
]);
export type FromPanel = z.infer<typeof fromPanelSchema>;

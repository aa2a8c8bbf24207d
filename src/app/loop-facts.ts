/** What a loop's projection and journal say of it, as plain data for whoever asks; nothing is concluded or invented. */
import * as z from 'zod/mini';
import { DECISIONS } from '../domain/loop/model.ts';
import type { AgentView, LoopView } from './projections/loop-view.ts';

export interface StatusFacts {
  readonly taskId: string;
  readonly task: string;
  readonly mode: LoopView['mode'];
  readonly step: LoopView['step'];
  readonly iteration: number;
  readonly maxIterations: number;
  readonly paused: boolean;
  readonly waiting: { readonly for: string; readonly since: string; readonly message: string } | null;
  readonly outcome: LoopView['outcome'];
  readonly stopReason: string | null;
  readonly agents: readonly (Pick<AgentView, 'id' | 'role' | 'preset' | 'state' | 'added' | 'removed'> & {
    /** What it waits for a person's answer to; missing where it asks nothing. */
    readonly asks?: readonly { readonly text: string; readonly choices: readonly string[] }[];
  })[];
  /** US dollars; at least this much when `costIncomplete`. Null while nobody told a price. */
  readonly costUsd: number | null;
  readonly costIncomplete: boolean;
  /** Holds the work; nothing is merged by a loop. */
  readonly branch: string;
}

/** More of a task than this is not repeated to whoever asks. */
const TASK_LIMIT = 500;

export function statusFacts(view: LoopView): StatusFacts {
  const { taskId, mode, step, iteration, maxIterations, paused, waiting, outcome, stopReason } = view;
  return {
    taskId,
    task: view.description.slice(0, TASK_LIMIT),
    mode,
    step,
    iteration,
    maxIterations,
    paused,
    waiting: waiting && { ...waiting, since: new Date(waiting.since).toISOString() },
    outcome,
    stopReason,
    agents: view.agents.map(({ id, role, preset, state, added, removed, questions }) => ({
      id,
      role,
      preset,
      state,
      added,
      removed,
      ...(questions.length > 0 ? { asks: questions.map(({ text, choices }) => ({ text, choices })) } : {}),
    })),
    costUsd: view.costIncomplete && view.costUsd === 0 ? null : view.costUsd,
    costIncomplete: view.costIncomplete,
    branch: view.branch,
  };
}

/** The part of each public event that explains something. */
const FACTS = {
  EvidenceCollected: z.object({
    type: z.literal('EvidenceCollected'),
    run: z.enum(['base', 'left', 'restored']),
    command: z.string(),
    status: z.string(),
    passed: z.number(),
    failed: z.number(),
    skipped: z.number(),
  }),
  GateChecked: z.object({
    type: z.literal('GateChecked'),
    passed: z.boolean(),
    threshold: z.number(),
    actualConfidence: z.number(),
    evidence: z.string(),
    reasons: z.array(z.string()),
  }),
  ConsensusChecked: z.object({
    type: z.literal('ConsensusChecked'),
    passed: z.boolean(),
    threshold: z.number(),
    score: z.nullable(z.number()),
    votes: z.array(z.object({ agentId: z.string(), score: z.nullable(z.number()) })),
    vetoes: z.array(z.string()),
    dissent: z.array(z.string()),
  }),
  DecisionMade: z.object({
    type: z.literal('DecisionMade'),
    decision: z.enum(DECISIONS),
    by: z.string(),
    reason: z.string(),
    defaulted: z.boolean(),
  }),
  AgentExited: z.object({
    type: z.literal('AgentExited'),
    agentId: z.string(),
    attempt: z.number(),
    ending: z.string(),
    exitCode: z.nullable(z.number()),
    defaulted: z.boolean(),
  }),
  Integrated: z.object({
    type: z.literal('Integrated'),
    conflicts: z.array(
      z.object({ agentId: z.string(), with: z.array(z.string()), files: z.array(z.string()) }),
    ),
  }),
};
type Fact<T extends keyof typeof FACTS> = z.infer<(typeof FACTS)[T]>;
type PublicEvent = Readonly<Record<string, unknown>>;

/** Why one iteration came out as it did, from its events alone. */
export interface IterationFacts {
  readonly iteration: number;
  readonly evidence: readonly Fact<'EvidenceCollected'>[];
  readonly gate: Fact<'GateChecked'> | null;
  readonly consensus: Fact<'ConsensusChecked'> | null;
  readonly decision: Fact<'DecisionMade'> | null;
  /** Agents that ended otherwise than with a result of their own. */
  readonly failures: readonly Fact<'AgentExited'>[];
  readonly conflicts: Fact<'Integrated'>['conflicts'];
}

export interface WhyFacts extends StatusFacts {
  /** Oldest first; at most `ITERATIONS_TOLD`. */
  readonly iterations: readonly IterationFacts[];
  /** What the next iteration is told, word by word. */
  readonly feedback: readonly string[];
}

export const ITERATIONS_TOLD = 3;

/**
 * @param history the loop's public events, as `LoopService.history` gives them
 * @param only one iteration; without it the newest ones
 */
export function whyFacts(view: LoopView, history: readonly PublicEvent[], only: number | null): WhyFacts {
  const numbers = new Set(
    history.flatMap(({ iteration }) =>
      typeof iteration === 'number' && iteration > 0 && (only === null || iteration === only)
        ? [iteration]
        : [],
    ),
  );
  return {
    ...statusFacts(view),
    iterations: [...numbers]
      .toSorted((one, other) => one - other)
      .slice(-ITERATIONS_TOLD)
      .map((iteration) =>
        iterationFacts(
          iteration,
          history.filter((event) => event['iteration'] === iteration),
        ),
      ),
    feedback: view.feedback,
  };
}

function iterationFacts(iteration: number, events: readonly PublicEvent[]): IterationFacts {
  return {
    iteration,
    evidence: told(events, FACTS.EvidenceCollected),
    gate: told(events, FACTS.GateChecked).at(-1) ?? null,
    consensus: told(events, FACTS.ConsensusChecked).at(-1) ?? null,
    decision: told(events, FACTS.DecisionMade).at(-1) ?? null,
    failures: told(events, FACTS.AgentExited).filter(
      ({ ending, defaulted }) => defaulted || ending !== 'completed',
    ),
    conflicts: told(events, FACTS.Integrated).at(-1)?.conflicts ?? [],
  };
}

/** Events that are as the contract says; others are left out, never guessed. */
function told<S extends z.ZodMiniType>(events: readonly PublicEvent[], schema: S): z.infer<S>[] {
  return events.flatMap((event) => {
    const fact = schema.safeParse(event);
    return fact.success ? [fact.data] : [];
  });
}

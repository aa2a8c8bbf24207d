/**
 * What the loop panel draws. Everything is display data: words are made by the host, ages by the panel's own clock.
 * A value that is not known is null or says so in words; it is never 0.
 */
import * as z from 'zod/mini';
import { DECISIONS, ROLES } from '../domain/loop/model.ts';

export const STEPS = ['implement', 'gate', 'validate', 'decide'] as const;
export type PanelStep = (typeof STEPS)[number];

const stepStatus = z.enum(['todo', 'now', 'done', 'bad', 'need', 'warning']);
export type StepStatus = z.infer<typeof stepStatus>;

const agentStatus = z.enum([
  'queued',
  'working',
  'quiet',
  'stuck',
  'waiting',
  'limited',
  'done',
  'no-vote',
  'failed',
  'lost',
  'cancelled',
]);
export type AgentStatus = z.infer<typeof agentStatus>;

/** Words with a time behind them that the panel's own clock keeps up to date: `edited a.ts` `3 s ago`. */
const timed = z.object({
  text: z.string(),
  at: z.nullable(z.number()),
  age: z.nullable(z.enum(['ago', 'for', 'until'])),
});
export type Timed = z.infer<typeof timed>;

export const AGENT_ACTIONS = [
  'terminal',
  'shell',
  'diff',
  'transcript',
  'worktree',
  'takeOver',
  'nudge',
  'answer',
  'reply',
  'retry',
] as const;
export type AgentAction = (typeof AGENT_ACTIONS)[number];

/** What agents of the same preset, model and role claimed before, against what held. */
const panelTrust = z.object({
  over: z.boolean(),
  /** `over-confident`, `9 of 10 right`, of a validator's scores `9 of 10 good` */
  badge: z.string(),
  /** `said 0.92 on average, was right in 6 of 10: over-confident` */
  text: z.string(),
});
export type PanelTrust = z.infer<typeof panelTrust>;

const panelAgent = z.object({
  id: z.string(),
  role: z.enum(ROLES),
  /** `claude`, `claude, attempt 2` */
  preset: z.string(),
  status: agentStatus,
  /** `Working` */
  word: z.string(),
  /** `edited src/auth/jwt.ts 3 s ago` */
  signals: z.array(timed),
  /** Epoch milliseconds. */
  startedAt: z.nullable(z.number()),
  endedAt: z.nullable(z.number()),
  added: z.number(),
  removed: z.number(),
  files: z.number(),
  cost: z.nullable(z.string()),
  tokens: z.nullable(z.string()),
  /** The newest line of output, or what it said of its work. */
  line: z.string(),
  /** The container that it runs in; null where it runs in none, or nobody knows yet. */
  container: z.nullable(
    z.object({
      /** `running`, `gone` */
      word: z.string(),
      trouble: z.boolean(),
      /** `212 MB of 1 GB`, and as a share; null where it was not measured. */
      memory: z.nullable(z.object({ text: z.string(), share: z.number() })),
      /** `CPU 42 %` */
      cpu: z.nullable(z.object({ text: z.string(), share: z.number() })),
      /** Each of its lines: name, memory, CPU. */
      hint: z.string(),
    }),
  ),
  /** Bytes of output in slots of 10 s, oldest first, and when the newest slot ends; null where nobody counted. */
  pulse: z.nullable(z.object({ endsAt: z.number(), bytes: z.array(z.number()) })),
  /** What it waits for an answer to. */
  questions: z.array(z.object({ id: z.string(), text: z.string(), choices: z.array(z.string()) })),
  actions: z.array(z.enum(AGENT_ACTIONS)),
  /** What was done about it so far, and what comes next. */
  ladder: z.nullable(z.string()),
  trust: z.nullable(panelTrust),
});
export type PanelAgent = z.infer<typeof panelAgent>;

/** Lines of a diff; null where nothing was changed. */
const changed = z.nullable(z.object({ added: z.number(), removed: z.number(), files: z.number() }));

const panelStep = z.object({
  step: z.enum(STEPS),
  title: z.string(),
  subtitle: z.string(),
  status: stepStatus,
  lines: z.tuple([z.string(), z.string()]),
  changed,
  /** On one line, where the section is folded. */
  summary: z.string(),
  /** Time and cost, or what it came to before. */
  aside: z.string(),
});
export type PanelStepView = z.infer<typeof panelStep>;

const panelFeedback = z.object({
  text: z.string(),
  origin: z.string(),
  from: z.enum(['evidence', 'agent', 'person', 'runner']),
  to: z.string(),
});

const panelGate = z.object({
  iteration: z.int(),
  passed: z.boolean(),
  /** `on the combined work of 5 agents, commit 7c1e90a` */
  on: z.string(),
  evidence: z.array(
    z.object({
      check: z.string(),
      /** `lint`; empty for tests. */
      kind: z.string(),
      ok: z.nullable(z.boolean()),
      result: z.string(),
      need: z.string(),
      baseline: z.string(),
    }),
  ),
  claims: z.array(
    z.object({
      agentId: z.string(),
      confidence: z.nullable(z.number()),
      trust: z.nullable(panelTrust),
    }),
  ),
  confidence: z.number(),
  threshold: z.number(),
  sentence: z.string(),
  reasons: z.array(z.string()),
  notes: z.array(z.string()),
});
export type PanelGate = z.infer<typeof panelGate>;

const panelConsensus = z.object({
  iteration: z.int(),
  passed: z.boolean(),
  status: stepStatus,
  title: z.string(),
  about: z.string(),
  /** Who judged with models of the family that the work was made with, in one sentence. */
  sameFamily: z.nullable(z.string()),
  threshold: z.number(),
  votes: z.array(
    z.object({
      agentId: z.string(),
      family: z.string(),
      score: z.nullable(z.number()),
      low: z.boolean(),
      /** It approved, and nothing shows that it looked. */
      marked: z.boolean(),
      findings: z.string(),
      trust: z.nullable(panelTrust),
    }),
  ),
  /** Findings of those below the threshold, in full. */
  dissent: z.array(
    z.object({
      by: z.string(),
      severity: z.string(),
      text: z.string(),
      place: z.nullable(z.string()),
      proof: z.string(),
    }),
  ),
});
export type PanelConsensus = z.infer<typeof panelConsensus>;

const panelAsk = z.object({
  title: z.string(),
  message: z.string(),
  /** Where the loop stands: evidence, open findings, cost so far. */
  facts: z.string(),
  since: z.number(),
  recommended: z.nullable(z.object({ by: z.string(), decision: z.enum(DECISIONS), reason: z.string() })),
  choices: z.array(
    z.object({
      decision: z.enum(DECISIONS),
      label: z.string(),
      text: z.string(),
      /** With its source; empty where nothing can be said. */
      forecast: z.string(),
      recommended: z.boolean(),
      /** Why a reason is asked for; null where none is needed. */
      reasonFor: z.nullable(z.string()),
    }),
  ),
});
export type PanelAsk = z.infer<typeof panelAsk>;

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
  churn: z.string(),
  /** How long each step that was begun took, in milliseconds; the last one grows while it runs. */
  steps: z.array(z.object({ step: z.enum(STEPS), ms: z.nullable(z.number()), failed: z.boolean() })),
});
export type PanelIteration = z.infer<typeof panelIteration>;

/** One quantity over the iterations. */
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

const panelPoint = z.object({
  point: z.number(),
  /** `Task` */
  name: z.string(),
  /** `Coordinator → workers` */
  way: z.string(),
  state: z.enum(['open', 'verified', 'differs']),
  iteration: z.nullable(z.number()),
  key: z.nullable(z.string()),
  sha256: z.nullable(z.string()),
  edited: z.boolean(),
  /** The loop stops before it. */
  breakpoint: z.boolean(),
  /** An earlier iteration wrote it too. */
  comparable: z.boolean(),
  hasPrompts: z.boolean(),
});
export type PanelPoint = z.infer<typeof panelPoint>;

const BANNER_COMMANDS = [
  'resumeLoop',
  'doctor',
  'showLog',
  'decide',
  'setRedisPassword',
  'startNow',
  'loopQueue',
] as const;
const panelBanner = z.object({
  id: z.string(),
  tone: z.enum(['warn', 'err', 'plain']),
  icon: z.enum(['lost', 'budget', 'bad', 'eye', 'history', 'warning', 'clock']),
  title: z.string(),
  text: z.string(),
  /** Its age stands behind the title. */
  since: z.nullable(z.number()),
  actions: z.array(z.object({ command: z.enum(BANNER_COMMANDS), label: z.string() })),
});
export type PanelBanner = z.infer<typeof panelBanner>;

/** What the numbers of a block count, from where, and which threshold they are held against. */
const explanation = z.object({
  title: z.string(),
  rows: z.array(z.tuple([z.string(), z.string()])),
  note: z.string(),
});
export type Explanation = z.infer<typeof explanation>;

export const BLOCKS = [
  'loop',
  'implement',
  'gate',
  'validate',
  'decide',
  'iterations',
  'convergence',
  'points',
] as const;
export type Block = (typeof BLOCKS)[number];

export const panelLoopSchema = z.object({
  taskId: z.string(),
  title: z.string(),
  description: z.string(),
  state: z.string(),
  stateStatus: stepStatus,
  active: z.boolean(),
  paused: z.boolean(),
  /** How many things of this loop wait for a person. */
  needs: z.number(),
  mode: z.string(),
  branch: z.string(),
  iteration: z.number(),
  maxIterations: z.number(),
  startedAt: z.number(),
  endedAt: z.nullable(z.number()),
  cost: z.string(),
  /** Null without a limit. */
  budget: z.nullable(z.object({ limit: z.string(), share: z.number() })),
  hasResult: z.boolean(),
  steps: z.array(panelStep),
  open: z.enum(STEPS),
  wayBack: z.object({
    strong: z.string(),
    text: z.string(),
    from: z.nullable(z.enum(['gate', 'validate', 'decide'])),
  }),
  agents: z.array(panelAgent),
  gate: z.nullable(panelGate),
  consensus: z.nullable(panelConsensus),
  decision: z.nullable(z.object({ title: z.string(), text: z.string(), at: z.number() })),
  /** Due decision; null when no person is needed. */
  ask: z.nullable(panelAsk),
  /** What this iteration was told, and what the next one would be. */
  feedback: z.array(panelFeedback),
  nextFeedback: z.array(panelFeedback),
  iterations: z.array(panelIteration),
  convergence: z.object({ verdict: z.string(), series: z.array(panelSeries) }),
  points: z.array(panelPoint),
  held: z.nullable(z.object({ point: z.number(), title: z.string(), since: z.number() })),
  banners: z.array(panelBanner),
  /** Two agents that change the same file. */
  overlap: z.nullable(z.object({ text: z.string(), warn: z.boolean() })),
  explain: z.record(z.enum(BLOCKS), explanation),
});
export type PanelLoop = z.infer<typeof panelLoopSchema>;

/** What the files of an attempt's folder hold; attempt-folder.ts says which there are. */
import * as z from 'zod/mini';
import { PULSE_SLOTS } from '../domain/agents/signals.ts';
import { ROUTE_AUTHS, ROUTE_REASONS } from '../domain/agents/provider-route.ts';
import { ENGINE_SOURCES } from '../domain/containers/engine.ts';
import { DECISIONS, ENDINGS, ROLES, SEVERITIES } from '../domain/loop/model.ts';
import { serverLaunchSchema } from './mcp-servers.ts';

const routeSchema = z.object({
  provider: z.string(),
  baseUrl: z.nullable(z.string()),
  auth: z.enum(ROUTE_AUTHS),
  /** The name of the variable; its value is in the agent's environment alone. */
  keyVariable: z.nullable(z.string()),
  because: z.enum(ROUTE_REASONS),
  price: z.exactOptional(z.object({ input: z.number(), cachedInput: z.number(), output: z.number() })),
});

const programSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('preset'),
    preset: z.string(),
    model: z.exactOptional(z.string()),
    route: z.exactOptional(routeSchema),
  }),
  z.object({
    kind: z.literal('exec'),
    argv: z.readonly(z.array(z.string()).check(z.minLength(1))),
    tty: z.boolean(),
  }),
]);

export const usageSchema = z.object({
  input: z.int().check(z.minimum(0)),
  cachedInput: z.int().check(z.minimum(0)),
  output: z.int().check(z.minimum(0)),
});

/**
 * `edits`: may edit files and run allow-listed tools; `full`: approvals bypassed, by the user's explicit choice; `ask`: a
 * person is asked about what `edits` would refuse, which only agents that speak the Agent Client Protocol can do.
 */
export const PERMISSION_MODES = ['edits', 'ask', 'full'] as const;

const mountSchema = z.object({
  source: z.string(),
  target: z.string(),
  readonly: z.boolean(),
  owned: z.boolean(),
});

/** What a runner needs to run its agent in a container; the agent's own folders it mounts itself. */
export const attemptContainerSchema = z.object({
  engine: z.object({
    source: z.enum(ENGINE_SOURCES),
    host: z.string(),
    certificates: z.exactOptional(z.string()),
  }),
  image: z.string(),
  /** `cfn-agent-<agent>-<task>`; another's container of this name gives it a suffix. */
  name: z.string(),
  /** `uid:gid` */
  user: z.string(),
  limits: z.object({
    memoryBytes: z.int(),
    memoryReservationBytes: z.int(),
    cpus: z.number(),
    pids: z.int(),
    tmpfsBytes: z.int(),
  }),
  network: z.object({
    /** Id of the engine's network, or `none`. */
    id: z.string(),
    /** Where this machine can be reached from inside: the address that servers bind to here; null: nowhere. */
    gateway: z.nullable(z.string()),
    /** Nothing but this machine is reached from it. */
    internal: z.boolean(),
    /** What is reached by a proxy all the same; null: no proxy. */
    allow: z.nullable(
      z.array(
        z.object({
          host: z.string(),
          below: z.boolean(),
          ports: z.array(z.int()),
          inside: z.exactOptional(z.boolean()),
        }),
      ),
    ),
  }),
  mounts: z.array(mountSchema),
  labels: z.record(z.string(), z.string()),
});
export type AttemptContainer = z.infer<typeof attemptContainerSchema>;

export const attemptSpecSchema = z.object({
  version: z.literal(1),
  taskId: z.string(),
  agentId: z.string(),
  role: z.enum(ROLES),
  iteration: z.int().check(z.minimum(1)),
  attempt: z.int().check(z.minimum(1)),
  /** Exported as CFN_RUN_TOKEN to everything the runner starts: proof that a process is ours. */
  runToken: z.string(),
  nonce: z.string(),
  program: programSchema,
  permission: z.enum(PERMISSION_MODES),
  /** Absolute path the agent starts in: the worktree, or the opened folder below it. */
  cwd: z.string(),
  /** Absolute path of the checkout; file changes below it are signs of life. */
  worktree: z.string(),
  limits: z.object({
    idleMs: z.int().check(z.positive()),
    totalMs: z.int().check(z.positive()),
    /** Grace after a report, a result file or the CLI's final event before the tree is ended. */
    completionMs: z.int().check(z.positive()),
    /** Between TERM and KILL. */
    killGraceMs: z.int().check(z.positive()),
  }),
  /** Missing: the agent is a process of this machine. */
  container: z.optional(attemptContainerSchema),
  /** Absolute paths of attached images, for CLIs that take some beside the prompt. */
  images: z.optional(z.array(z.string())),
  /** The agent takes a task apart instead of doing it; `count`: into so many parts, null: as many as it finds. */
  parts: z.optional(z.object({ count: z.nullable(z.int()) })),
  /** MCP servers that the agent sees beside the one of its attempt. */
  servers: z.optional(z.readonly(z.array(serverLaunchSchema))),
  /** It gets no MCP server: neither that of its attempt nor, as they stand behind that one, any other. */
  mcp: z.optional(z.literal(false)),
  /** Validators only: below it at least one finding is required. */
  scoreThreshold: z.optional(z.number()),
  /** A repair round: what was wrong, and the CLI session to resume where there is one. */
  repair: z.nullable(
    z.object({
      error: z.string(),
      sessionId: z.nullable(z.string()),
      /** Where the session was had, when it was not in another folder: some CLIs keep sessions by folder. */
      sessionFolder: z.optional(z.string()),
      /** What the session had used before: some CLIs report the totals of a resumed session. */
      before: z.optional(z.object({ usage: z.nullable(usageSchema), costUsd: z.nullable(z.number()) })),
    }),
  ),
});
export type AttemptSpec = z.infer<typeof attemptSpecSchema>;

export const findingSchema = z.object({
  severity: z.enum(SEVERITIES),
  text: z.string().check(z.minLength(1)),
  file: z.exactOptional(z.string()),
  line: z.exactOptional(z.int().check(z.minimum(1))),
  proof: z.exactOptional(z.string()),
});

export const agentResultSchema = z.discriminatedUnion('role', [
  z.object({
    role: z.literal('implementer'),
    confidence: z.number().check(z.minimum(0), z.maximum(1)),
    summary: z.string(),
    files: z.readonly(z.array(z.string())),
    issues: z.readonly(z.array(findingSchema)),
    parts: z.exactOptional(
      z.readonly(z.array(z.object({ task: z.string(), files: z.readonly(z.array(z.string())) }))),
    ),
  }),
  z.object({
    role: z.literal('validator'),
    score: z.number().check(z.minimum(0), z.maximum(1)),
    findings: z.readonly(z.array(findingSchema)),
    confirmed: z.readonly(z.array(z.string())),
  }),
  z.object({
    role: z.literal('product-owner'),
    decision: z.enum(DECISIONS),
    reason: z.string(),
    confidence: z.exactOptional(z.number().check(z.minimum(0), z.maximum(1))),
    feedback: z.readonly(z.array(z.string())),
    deferred: z.readonly(z.array(z.string())),
  }),
]);

export const resultRecordSchema = z.object({
  version: z.literal(1),
  taskId: z.string(),
  agentId: z.string(),
  role: z.enum(ROLES),
  iteration: z.int(),
  attempt: z.int(),
  runToken: z.string(),
  ending: z.enum(ENDINGS),
  lingered: z.boolean(),
  exitCode: z.nullable(z.int()),
  signal: z.nullable(z.string()),
  /** Epoch milliseconds. */
  startedAt: z.number(),
  endedAt: z.number(),
  /** The agent's pid, which is not the runner's. */
  pid: z.nullable(z.int()),
  result: z.nullable(agentResultSchema),
  channel: z.nullable(z.enum(['report', 'file', 'message'])),
  /** Why there is no valid result, in one sentence that a repair prompt can quote. */
  resultError: z.nullable(z.string()),
  /** What went wrong with the program itself: spawn error, provider error, limit reached. */
  failure: z.nullable(z.string()),
  /** Of an attempt that ended `rate-limited`: when the provider takes more; missing where it did not say. */
  retryAt: z.optional(z.number()),
  /** It failed because its provider, or the CLI itself, did: no work of the agent's was judged. */
  providerError: z.optional(z.boolean()),
  usage: z.nullable(usageSchema),
  costUsd: z.nullable(z.number().check(z.minimum(0))),
  model: z.nullable(z.string()),
  /** The CLI's own session id, for resume. */
  sessionId: z.nullable(z.string()),
  /** Last line of output with a word or a number, at most 500 characters, control characters removed. */
  lastLine: z.string(),
});
export type ResultRecord = z.infer<typeof resultRecordSchema>;

const at = z.number();

/** `RunnerSignals`; texts are cut and cleaned where they are written, because people see them as they are. */
export const runnerSignalsSchema = z.object({
  outputAt: z.nullable(at),
  line: z.nullable(z.object({ at, text: z.string() })),
  pulse: z.object({ endsAt: at, bytes: z.readonly(z.array(z.number()).check(z.maxLength(PULSE_SLOTS))) }),
  cpu: z.nullable(z.object({ at, share: z.number(), busyAt: z.nullable(at) })),
  file: z.nullable(z.object({ at, path: z.string() })),
  tool: z.nullable(z.object({ at, text: z.string(), running: z.boolean() })),
  rateLimit: z.nullable(z.object({ at, until: z.nullable(at), text: z.string() })),
  attention: z.nullable(z.object({ at, text: z.string() })),
  nudges: z.readonly(
    z.array(
      z.object({ id: z.string(), at, state: z.enum(['waiting', 'delivered', 'refused']), why: z.string() }),
    ),
  ),
  /** Runners of earlier versions, which may still be at work, tell none. */
  questions: z._default(
    z.readonly(
      z.array(z.object({ id: z.string(), at, text: z.string(), choices: z.readonly(z.array(z.string())) })),
    ),
    [],
  ),
});

/** Where a runner is; rewritten at most once a second. */
export const runnerStateSchema = z.object({
  version: z.literal(1),
  runToken: z.string(),
  runner: z.object({ pid: z.int(), startTime: z.string() }),
  agent: z.nullable(z.object({ pid: z.int(), startTime: z.string() })),
  /** Of the agent, once it runs in one. */
  container: z.optional(z.object({ id: z.string(), name: z.string() })),
  phase: z.enum(['starting', 'running', 'ending', 'done']),
  /** Newest sign of life, epoch ms, and what it was. */
  lastSign: z.nullable(
    z.object({ at: z.number(), kind: z.enum(['output', 'tool', 'file', 'cpu']), text: z.string() }),
  ),
  usage: z.nullable(usageSchema),
  costUsd: z.nullable(z.number()),
  /** Absent from runners of earlier versions, which may still be at work. */
  signals: z.optional(runnerSignalsSchema),
});
export type RunnerState = z.infer<typeof runnerStateSchema>;

/** `interrupt`: the agent hangs, so its turn is ended and its session goes on with the message. */
const nudgeSchema = z.object({ id: z.string(), text: z.string(), interrupt: z.boolean() });

/** What a person answered; `id` is the question's. */
const questionAnswerSchema = z.object({ id: z.string(), answer: z.string() });

/** What the orchestrator asks of a running runner; a newer file replaces an older one. */
export const attemptControlSchema = z.object({
  version: z.literal(1),
  /** Ends the attempt as `cancelled`; see `TAKEN_OVER` for the exception. */
  cancel: z.nullable(z.object({ reason: z.string() })),
  /** Time that does not count, because a person or a provider was waited for. */
  suspendedMs: z.int().check(z.minimum(0)),
  /** To questions of the agent; a runner passes each on once. */
  answers: z.optional(z.readonly(z.array(questionAnswerSchema))),
  /** Messages for the agent, in order; a runner passes each on once, as far as its CLI can take one. */
  nudges: z.optional(z.readonly(z.array(nudgeSchema))),
});
export type Nudge = z.infer<typeof nudgeSchema>;
export type QuestionAnswer = z.infer<typeof questionAnswerSchema>;
export type AttemptControl = z.infer<typeof attemptControlSchema>;

/** One event of a transcript, whatever the CLI's own dialect. */
export const transcriptLineSchema = z.object({
  at: z.number(),
  stream: z.enum(['agent', 'stdout', 'stderr', 'harness']),
  kind: z.enum(['text', 'tool', 'tool-result', 'error', 'notice', 'result']),
  text: z.string(),
});
export type TranscriptLine = z.infer<typeof transcriptLineSchema>;

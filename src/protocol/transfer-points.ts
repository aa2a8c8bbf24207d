/**
 * The seven hand-overs between the steps of a loop. Each payload has the fields that the step after it
 * relies on; what we add is optional, so that a reader of the short form keeps working. Unknown keys stay.
 */
import * as z from 'zod';
import { DECISIONS, OUTCOMES, SEVERITIES } from '../domain/loop/model.ts';
import { keys, ofIteration, type CoordinationKey } from './keys.ts';

const share = z.number().min(0).max(1);
const iteration = z.int().min(1).optional();
/** Epoch milliseconds, or the ISO text of an outside writer. */
const moment = z.union([z.number(), z.string().min(1)]);

/** 1: coordinator → worker. */
export const assignmentSchema = z.looseObject({
  taskId: z.string().min(1),
  description: z.string().min(1),
  requirements: z.array(z.string()),
  priority: z.string(),
  iteration,
  acceptance: z.array(z.string()).optional(),
  deliverables: z.array(z.string()).optional(),
  baseCommit: z.string().optional(),
  feedback: z.array(z.string()).optional(),
  /** One for each implementer: id, its part and the sha256 of its prompt. */
  workers: z
    .array(
      z.looseObject({
        workerId: z.string(),
        task: z.string().optional(),
        files: z.array(z.string()).optional(),
        promptSha256: z.string().optional(),
      }),
    )
    .optional(),
});

/** 2: worker → store. One for each worker under its own key, the aggregate under the short one. */
export const outputSchema = z.looseObject({
  workerId: z.string().min(1),
  /** Unified diff from the base: whole hunks up to 64 kB, then a file list. */
  code: z.string(),
  files: z.array(z.string()),
  confidence: share,
  completedAt: moment,
  iteration,
  truncated: z.boolean().optional(),
  commit: z.string().optional(),
  attempt: z.int().min(1).optional(),
  ending: z.string().optional(),
  summary: z.string().optional(),
  /** True when there was no valid result and `confidence` is the safe default. */
  defaulted: z.boolean().optional(),
  /** Only in the aggregate: everyone whose output it holds. */
  workers: z
    .array(
      z.looseObject({
        workerId: z.string(),
        key: z.string(),
        sha256: z.string().optional(),
        confidence: share,
        commit: z.string().optional(),
      }),
    )
    .optional(),
});

/** 3: what was criticised, by severity. */
export const feedbackSchema = z.looseObject({
  critical: z.array(z.string()),
  warnings: z.array(z.string()),
  suggestions: z.array(z.string()),
  extractedConfidence: share,
  iteration,
  source: z.enum(['implementers', 'validators', 'product-owner']).optional(),
  items: z
    .array(
      z.looseObject({
        from: z.string(),
        severity: z.enum(SEVERITIES),
        text: z.string(),
        file: z.string().optional(),
      }),
    )
    .optional(),
});

/** 4: aggregated confidence; `reviewerCount` is the number of reports that went in. */
export const aggregationSchema = z.looseObject({
  aggregatedConfidence: share,
  consensusReached: z.boolean(),
  reviewerCount: z.int().min(0),
  iteration,
  source: z.enum(['implementers', 'validators']).optional(),
  votes: z.array(z.looseObject({ agentId: z.string(), score: share.nullable() })).optional(),
});

/** 5: the gate. */
export const gateSchema = z.looseObject({
  passed: z.boolean(),
  threshold: share,
  actualConfidence: share,
  iteration,
  evidence: z.enum(['passed', 'failed', 'unavailable', 'unconfirmed', 'none']).optional(),
  reasons: z.array(z.string()).optional(),
  commit: z.string().optional(),
});

/** 6: to those who judge: validators, then the product owner, each under its own key. */
export const handoffSchema = z.looseObject({
  taskId: z.string().min(1),
  code: z.string(),
  feedback: z.array(z.string()),
  originalConfidence: share,
  iteration,
  truncated: z.boolean().optional(),
  commit: z.string().optional(),
  baseCommit: z.string().optional(),
  to: z.enum(['validators', 'product-owner']).optional(),
  /** sha256 of each prompt by agent id. */
  prompts: z.record(z.string(), z.string()).optional(),
  consensus: share.nullable().optional(),
});

/** 7: the end. `mergedToMain` is what git says; `reviewerConfidence` is the consensus score. */
export const finalSchema = z.looseObject({
  approved: z.boolean(),
  reviewerConfidence: share,
  mergedToMain: z.boolean(),
  taskId: z.string().optional(),
  iteration,
  iterations: z.int().min(0).optional(),
  outcome: z.enum(OUTCOMES).optional(),
  decision: z.enum(DECISIONS).nullable().optional(),
  decidedBy: z.string().optional(),
  branch: z.string().nullable().optional(),
  commit: z.string().nullable().optional(),
  stopReason: z.string().nullable().optional(),
});

export const transferPointSchemas = {
  assignment: assignmentSchema,
  output: outputSchema,
  feedback: feedbackSchema,
  aggregation: aggregationSchema,
  gate: gateSchema,
  reviewer: handoffSchema,
  'product-owner': handoffSchema,
  final: finalSchema,
} as const;

/** Eight records, seven points: the sixth is passed when both of its hand-overs verify. */
export type TransferName = keyof typeof transferPointSchemas;
export type TransferPayload<N extends TransferName> = z.input<(typeof transferPointSchemas)[N]>;
export type Assignment = TransferPayload<'assignment'>;
export type WorkerOutput = TransferPayload<'output'>;
export type ExtractedFeedback = TransferPayload<'feedback'>;
export type Aggregation = TransferPayload<'aggregation'>;
export type GateResult = TransferPayload<'gate'>;
export type Handoff = TransferPayload<'reviewer'>;
export type FinalResult = TransferPayload<'final'>;

export const POINT_OF = {
  assignment: 1,
  output: 2,
  feedback: 3,
  aggregation: 4,
  gate: 5,
  reviewer: 6,
  'product-owner': 6,
  final: 7,
} as const satisfies Record<TransferName, number>;

/** What tells one record of a point from another. */
export interface TransferAddress {
  readonly taskId: string;
  /** For one worker's own output; without it `output` is the aggregate. */
  readonly worker?: { readonly iteration: number; readonly workerId: string } | undefined;
}

const SHORT_KEY: Record<TransferName, (taskId: string) => CoordinationKey> = {
  assignment: keys.assignment,
  output: keys.output,
  feedback: keys.feedback,
  aggregation: keys.aggregation,
  gate: keys.gate,
  reviewer: keys.reviewerHandoff,
  'product-owner': keys.productOwnerHandoff,
  final: keys.final,
};

export function transferKey(name: TransferName, { taskId, worker }: TransferAddress): CoordinationKey {
  return name === 'output' && worker
    ? keys.workerOutput(taskId, worker.iteration, worker.workerId)
    : SHORT_KEY[name](taskId);
}

/** Where the record of an iteration stays readable after the next one; `null` for what exists only once. */
export function transferHistoryKey(
  name: TransferName,
  address: TransferAddress,
  iteration: number | undefined,
): CoordinationKey | null {
  if (iteration === undefined || name === 'final' || address.worker) return null;
  return ofIteration(transferKey(name, address), iteration);
}

interface SeverityItem {
  readonly severity: (typeof SEVERITIES)[number];
  readonly text: string;
}

/** The three lists of point 3 from findings of any origin. */
export function feedbackLists(
  findings: readonly SeverityItem[],
): Pick<ExtractedFeedback, 'critical' | 'warnings' | 'suggestions'> {
  const texts = (severity: SeverityItem['severity']) =>
    findings.filter((finding) => finding.severity === severity).map((finding) => finding.text);
  return { critical: texts('critical'), warnings: texts('warning'), suggestions: texts('suggestion') };
}

/** Point 2 at the short key: everyone's output in one record, the confidence being the gate's own. */
export function aggregateOutput(request: {
  readonly outputs: readonly {
    readonly key: string;
    readonly sha256?: string;
    readonly output: WorkerOutput;
  }[];
  readonly confidence: number;
  readonly code: string;
  readonly truncated: boolean;
  readonly commit: string | null;
  readonly completedAt: number;
  readonly iteration: number;
}): WorkerOutput {
  const { outputs } = request;
  return {
    workerId: outputs.map(({ output }) => output.workerId).join(',') || 'none',
    code: request.code,
    files: Array.from(new Set(outputs.flatMap(({ output }) => output.files))).sort(),
    confidence: request.confidence,
    completedAt: request.completedAt,
    iteration: request.iteration,
    truncated: request.truncated,
    ...(request.commit === null ? {} : { commit: request.commit }),
    workers: outputs.map(workerLine),
  };
}

function workerLine(line: {
  readonly key: string;
  readonly sha256?: string;
  readonly output: WorkerOutput;
}): NonNullable<WorkerOutput['workers']>[number] {
  const { key, sha256, output } = line;
  return {
    workerId: output.workerId,
    key,
    confidence: output.confidence,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(output.commit === undefined ? {} : { commit: output.commit }),
  };
}

import type { Mode } from './model.ts';

/** What a mode sets. Thresholds and passes are inclusive: a value equal to its threshold passes. */
export interface ModePolicy {
  readonly gateThreshold: number;
  readonly consensusThreshold: number;
  /** Every mode hands over at all seven transfer points. */
  readonly transferPoints: 7;
  readonly maxIterations: number;
  /** Least share of passed checks among passed and failed ones, for each evidence command. */
  readonly evidencePassRate: number;
  /** The share of reviews that are looked into by a seeded fault. */
  readonly adversarialRate: number;
  readonly crew: { readonly implementers: number; readonly validators: number };
  /** Total limit of one attempt in milliseconds. */
  readonly totalLimitMs: number;
}

export const MODE_POLICIES: Readonly<Record<Mode, ModePolicy>> = {
  mvp: {
    gateThreshold: 0.7,
    consensusThreshold: 0.8,
    transferPoints: 7,
    maxIterations: 10,
    evidencePassRate: 0.7,
    adversarialRate: 0,
    crew: { implementers: 1, validators: 2 },
    totalLimitMs: 1_800_000,
  },
  standard: {
    gateThreshold: 0.75,
    consensusThreshold: 0.9,
    transferPoints: 7,
    maxIterations: 10,
    evidencePassRate: 0.95,
    adversarialRate: 0.1,
    crew: { implementers: 1, validators: 3 },
    totalLimitMs: 3_600_000,
  },
  enterprise: {
    gateThreshold: 0.75,
    consensusThreshold: 0.95,
    transferPoints: 7,
    maxIterations: 10,
    evidencePassRate: 0.98,
    adversarialRate: 1,
    crew: { implementers: 3, validators: 5 },
    totalLimitMs: 7_200_000,
  },
};

export const DEFAULT_MODE: Mode = 'standard';

/** Without any sign of life an attempt ends after this long. */
export const IDLE_LIMIT_MS = 300_000;

/** Scripted programs (`exec:` and demo agents) keep the short limit; only models need an hour. */
export const SCRIPTED_TOTAL_LIMIT_MS = 300_000;

/** Attempts of one agent in one iteration that may end as failed, timeout, idle or oom. */
export const MAX_ATTEMPTS = 2;

/** How many agent runs a loop may start when nothing else was said; repairs are not counted. */
export function defaultMaxAgentRuns(crewSize: number, maxIterations: number): number {
  return Math.max(40, crewSize * maxIterations);
}

import type { Commit, CrewMember, DecidedBy, Mode, Part, SetUp, Strategy } from './model.ts';

/** What a loop was started with. Part of `LoopStarted`; later it changes by events alone, in the loop's state. */
export interface LoopConfig {
  readonly taskId: string;
  readonly description: string;
  readonly requirements: readonly string[];
  readonly acceptance: readonly string[];
  readonly deliverables: readonly string[];
  readonly priority: string;
  readonly mode: Mode;
  readonly gateThreshold: number;
  readonly consensusThreshold: number;
  readonly maxIterations: number;
  readonly strategy: Strategy;
  readonly parts: readonly Part[];
  readonly crew: readonly CrewMember[];
  readonly decidedBy: DecidedBy;
  /** Empty: `--evidence none`, the gate asks for confidence alone and PROCEED needs a person. */
  readonly evidence: readonly string[];
  readonly baseCommit: Commit;
  /** Opened folder relative to the repository's root, '' at the root. */
  readonly prefix: string;
  /** Total limit per attempt in ms; null: the mode's, or 300 s for `exec:` and demo agents. */
  readonly totalLimitMs: number | null;
  readonly idleLimitMs: number;
  readonly maxAttempts: number;
  readonly maxAgentRuns: number;
  readonly maxParallelAgents: number;
  readonly budgetUsd: number | null;
  readonly onBudget: 'pause' | 'stop';
  readonly runtime: 'process' | 'terminal';
  readonly permission: 'edits' | 'full';
  /** Missing in loops of earlier versions, which always installed. */
  readonly setUp?: SetUp;
  /** Transfer points that the loop is held before from its start on. */
  readonly breakpoints?: readonly number[];
}

import type { RunnerSignals } from '../../domain/agents/signals.ts';
import type { LineRange } from '../../domain/review/collisions.ts';
import type { Usage } from '../../domain/loop/model.ts';

/** What is known of an agent while it runs. Times are epoch milliseconds. */
export interface AgentSignals extends RunnerSignals {
  readonly phase: 'starting' | 'running' | 'ending';
  /** So far, where the CLI tells before its end. */
  readonly usage: Usage | null;
  readonly costUsd: number | null;
  /** What the worktree holds now against the iteration's start; null unless somebody looks, see `LoopService.observe`. */
  readonly diff: LiveDiff | null;
}

export interface LiveDiff {
  readonly at: number;
  readonly files: readonly {
    readonly path: string;
    readonly added: number | null;
    readonly removed: number | null;
    /** Changed lines of the start, looked for only where another agent changes the file, too. */
    readonly ranges?: readonly LineRange[] | null;
    /** It is outside the agent's own part of the task; whose part it is instead, empty where it is nobody's. */
    readonly ownedBy?: readonly string[];
  }[];
  readonly added: number;
  readonly removed: number;
}

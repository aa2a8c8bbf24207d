import type { ContainerState } from '../../domain/containers/usage.ts';
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
  /** Absent unless it runs in one and somebody looks, see `LoopService.observe`. */
  readonly container?: ContainerLook;
}

/** An agent's container as it was seen last. */
export interface ContainerLook {
  readonly name: string;
  readonly state: ContainerState;
  /** Cores in use, and as many as it may use; null where it does not run or was not measured yet. */
  readonly cores: number | null;
  readonly coreLimit: number;
  /** Without the page cache. */
  readonly memoryBytes: number | null;
  readonly memoryLimitBytes: number;
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

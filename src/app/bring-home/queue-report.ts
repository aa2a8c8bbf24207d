import type { ContainerWish } from '../../domain/containers/plan.ts';
import type { TestReason } from '../../domain/home/merge-queue.ts';
import type { StackWay } from '../../domain/home/ways.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { HomePreview, Integration } from '../../ports/home-git.ts';

/** How several loops are brought home together. */
export interface QueueChoice {
  readonly way: StackWay;
  /** A local branch; null: the one that is checked out. */
  readonly into: string | null;
  readonly newBranch: string | null;
  readonly rescueFirst: boolean;
  /** They land also where no command has anything to say of them. */
  readonly withoutEvidence: boolean;
  /** How containers are, where code runs in some. */
  readonly containers: ContainerWish;
}

/** A loop in the queue. */
export interface QueuedLoop {
  readonly taskId: string;
  /** What it was to do, on one line. */
  readonly intent: string;
  readonly commit: Commit;
  /** A person changed the result after its evidence ran. */
  readonly revised: boolean;
}

export type AsideReason =
  /** `with`: the loop of the stack that it conflicts with; null: the branch itself. */
  | { readonly kind: 'conflicts'; readonly with: string | null; readonly files: readonly string[] }
  /** `with`: the loops that it fails with; empty: it fails on the branch alone. */
  | { readonly kind: 'evidence'; readonly with: readonly string[]; readonly checks: readonly string[] };

/** One command on one commit. */
export interface QueueRun {
  readonly command: string;
  /** The loops that are stacked on the branch; empty: the branch itself. */
  readonly on: readonly string[];
  readonly commit: Commit;
  /** Of the branch: whether it passes. Of a stack: whether it is not worse than the branch. */
  readonly status: 'passed' | 'failed' | 'unavailable';
  readonly passed: number;
  readonly failed: number;
  readonly durationMs: number;
  /** It ran on this commit before and was worse there than on the branch. */
  readonly again: boolean;
}

/** A command that was worse on a commit, and was not when it ran once more there: nobody is put aside for it. */
export interface FlakyRun extends Pick<QueueRun, 'command' | 'on' | 'commit'> {
  /** For people, one for each check that failed the first time, with how it failed. */
  readonly checks: readonly string[];
}

export type QueueOutcome =
  | 'landed'
  /** Nothing was left that could land. */
  | 'nothing'
  /** The checkout or the branch stands in the way; `preview` says how. */
  | 'blocked'
  /** The branch moved while the evidence ran, and again on the second try. */
  | 'moved'
  /** No command ran a check, and nobody said that they may land without. */
  | 'no-evidence'
  | 'cancelled'
  /** Nothing was tried: what would be. */
  | 'preview';

export interface QueueReport {
  readonly outcome: QueueOutcome;
  readonly way: StackWay;
  /** Null: HEAD is detached. */
  readonly branch: string | null;
  readonly newBranch: string | null;
  /** Where the branch was when they were stacked on it. */
  readonly branchCommit: Commit | null;
  /** What was tested and landed as it is, in its order; what would, where nothing landed. */
  readonly stack: readonly QueuedLoop[];
  /** One for each that landed, in their order. */
  readonly integrations: readonly Integration[];
  readonly putAside: readonly (QueuedLoop & { readonly reason: AsideReason })[];
  /** Their work is there already. */
  readonly already: readonly QueuedLoop[];
  /** Each command once, also where several loops have it. */
  readonly evidence: readonly string[];
  readonly runs: readonly QueueRun[];
  readonly flaky: readonly FlakyRun[];
  /** Tests and what decides about them, as far as the stack changes them. */
  readonly protectedFiles: readonly string[];
  readonly preview: HomePreview | null;
}

export type QueueProgress =
  | { readonly kind: 'stacking'; readonly loops: number; readonly branch: string | null }
  | {
      readonly kind: 'testing';
      readonly command: string;
      readonly branch: string | null;
      /** The loops that are stacked on the branch; empty: the branch itself. */
      readonly on: readonly string[];
      readonly why: TestReason;
      /** It was worse the first time. */
      readonly again: boolean;
    }
  | { readonly kind: 'landing'; readonly loops: number; readonly branch: string | null }
  /** The branch moved meanwhile; all begins anew on where it is now. */
  | { readonly kind: 'again'; readonly branch: string | null };

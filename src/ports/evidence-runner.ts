import type { Result } from '../base/result.ts';
import type { Commit } from '../domain/loop/model.ts';
import type { FileCoverage } from '../domain/coverage.ts';
import type { CommandReport } from '../domain/evidence.ts';

export interface DiscoveredCommand {
  /** As it would be typed in the platform's shell. */
  readonly command: string;
  /** The file and script it was found in: `package.json scripts.test`. */
  readonly source: string;
}

export type PrepareError = {
  readonly kind: 'prepare-failed';
  readonly message: string;
  readonly log: string;
};

/** A folder in which a commit can be built and tested, made once per commit and copied for each run. */
export interface PreparedCheckout {
  readonly commit: Commit;
  readonly path: string;
}

export interface EvidenceRequest {
  readonly commit: Commit;
  readonly baseCommit: Commit;
  readonly run: 'base' | 'left' | 'restored';
  readonly command: string;
  /** A file that is another one in the copy that this run gets; from the root, of the commit. */
  readonly mutant?: { readonly path: string; readonly content: string };
  /** Instead of the usual limit, where that is longer. */
  readonly timeoutMs?: number;
}

export interface EvidenceRun {
  readonly report: CommandReport;
  /** Protected files that differ from the base (added, changed or deleted). */
  readonly protectedFilesChanged: readonly string[];
  /** What the coverage report says that the command wrote; missing where it wrote none. */
  readonly coverage?: readonly FileCoverage[];
}

/** Live output of a set-up. */
export type SetUpLog = (text: string) => void;

export interface EvidenceRunner {
  /** Commands a repository's own files name; a script that only prints is none. */
  discover(checkout: string): Promise<readonly DiscoveredCommand[]>;
  /** What the lockfiles of a checkout ask for; none where the repository has a set-up script of its own. */
  installs(checkout: string): Promise<readonly string[]>;
  /** `.worktreeinclude`, then `.cfn/setup` or the lockfile's own install. Cached per commit. */
  prepare(
    commit: Commit,
    signal: AbortSignal,
    onLog?: SetUpLog,
  ): Promise<Result<PreparedCheckout, PrepareError>>;
  /**
   * Runs one command in a fresh copy of a prepared checkout. `base` and `left` run the commit as it is,
   * `restored` with the protected files of `baseCommit`. Cancelled runs give `prepare-failed`.
   */
  run(request: EvidenceRequest, signal: AbortSignal): Promise<Result<EvidenceRun, PrepareError>>;
  /** Sets up an agent's own worktree the same way, without the lockfile's install where a person refused it. */
  setUpWorktree(path: string, signal: AbortSignal, onLog?: SetUpLog): Promise<Result<void, PrepareError>>;
  /** Gives another checkout of a commit what its set-up makes, so that who judges it can run the tests. */
  furnish(
    checkout: PreparedCheckout,
    signal: AbortSignal,
    onLog?: SetUpLog,
  ): Promise<Result<void, PrepareError>>;
  /** Removes every checkout and folder that was made here. */
  dispose(): Promise<void>;
}

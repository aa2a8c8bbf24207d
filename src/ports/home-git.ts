import type { Result } from '../base/result.ts';
import type { StackWay, Way } from '../domain/home/ways.ts';
import type { Commit } from '../domain/loop/model.ts';
import type { FileChange, GitError } from './worktrees.ts';

export interface HomeRequest {
  readonly taskId: string;
  /** What is brought home. */
  readonly commit: Commit;
  /** What the loop began at; a working file with its content may be replaced by `apply`. */
  readonly base: Commit;
  readonly way: Way;
  /** A branch's short name; null: the one that is checked out. */
  readonly into: string | null;
  /** The outcome goes to a new branch of this name, made from `into`, which stays where it is. Not with `apply`. */
  readonly newBranch: string | null;
  /** Keeps uncommitted changes that stand in the way under a rescue ref first, then replaces them. */
  readonly rescueFirst: boolean;
  /** Of the merge or squash commit. */
  readonly message: string;
}

/** A commit of the user's side. */
export interface CommitLine {
  readonly commit: Commit;
  readonly subject: string;
}

export type MergeVerdict =
  | { readonly kind: 'clean'; readonly files: readonly FileChange[] }
  /** All of the result's commits are in the branch. */
  | { readonly kind: 'contained' }
  /** The branch has the same files already. */
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'conflicts';
      readonly files: readonly string[];
      /** Commits of the branch, newest first, that touch these files and are not in the result; at most five. */
      readonly theirs: readonly CommitLine[];
      /** The commit of the result that could not be put on top; `rebase` alone. */
      readonly at: CommitLine | null;
    };

/** Why nothing is done although the contents would merge. Offers follow from the kind. */
export type Obstacle =
  /** Uncommitted changes in files that would be replaced: take a new branch, or rescue them first. */
  | { readonly kind: 'dirty'; readonly paths: readonly string[] }
  /** Files that git ignores lie where new ones would be written: they are never replaced. */
  | { readonly kind: 'ignored'; readonly paths: readonly string[] }
  | { readonly kind: 'operation'; readonly operation: 'merge' | 'rebase' | 'cherry-pick' | 'revert' }
  /** The branch is checked out in another worktree, whose files would not follow. */
  | { readonly kind: 'elsewhere'; readonly path: string };

export interface HomePreview {
  readonly way: Way;
  /** Null: HEAD is detached (only `apply` and new branches work there). */
  readonly branch: string | null;
  readonly branchCommit: Commit;
  /** `moves`: files and branch of the opened checkout. `edited`: its files alone. */
  readonly checkout: 'untouched' | 'moves' | 'edited';
  readonly newBranch: string | null;
  readonly verdict: MergeVerdict;
  readonly obstacle: Obstacle | null;
}

/** One step that brought work home, or took a result away, as it is kept in the state folder. */
export interface Integration {
  readonly id: string;
  readonly taskId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly way: Way | 'push' | 'discard';
  /** The loop's result. */
  readonly commit: Commit;
  /** `begun` and `undoing` are settled by the next step that is taken; `dropped` left nothing behind. */
  readonly state: 'begun' | 'done' | 'undoing' | 'undone' | 'dropped';
  /** The ref that moved; null on either side where there is no such ref. */
  readonly ref: { readonly name: string; readonly from: Commit | null; readonly to: Commit | null } | null;
  /** Root of the checkout whose files were written, with commits that hold these files before and after. */
  readonly checkout: {
    readonly root: string;
    readonly before: Commit;
    readonly after: Commit;
    /** The branch and its files moved together; false: files alone. */
    readonly moved: boolean;
  } | null;
  /** What was uncommitted in files that had to give way. */
  readonly rescued: {
    readonly ref: string;
    readonly commit: Commit;
    readonly paths: readonly string[];
  } | null;
  readonly pushed: { readonly remote: string; readonly branch: string } | null;
  /** Results of several loops that land in this one step; once it is done each has a record of its own instead. */
  readonly layers: readonly StackedLayer[] | null;
}

/** The result of one loop among several that are stacked on a branch. */
export interface StackedLayer {
  readonly taskId: string;
  /** The loop's result. */
  readonly commit: Commit;
  /** Where the branch stands with it and all before it. */
  readonly tip: Commit;
}

export interface StackRequest {
  readonly way: StackWay;
  /** A branch's short name; null: the one that is checked out. */
  readonly into: string | null;
  readonly newBranch: string | null;
  /** What the results are stacked on; null: the branch as it is. */
  readonly onto: Commit | null;
  /** In this order. */
  readonly loops: readonly { readonly taskId: string; readonly commit: Commit; readonly message: string }[];
  /** Epoch milliseconds, of new commits: the same stack made again has the same commits. */
  readonly at: number;
}

export interface Stack {
  /** Null: HEAD is detached. */
  readonly branch: string | null;
  readonly onto: Commit;
  readonly layers: readonly StackedLayer[];
  /** Loops whose work is there already. */
  readonly nothing: readonly string[];
  readonly conflicts: readonly StackConflict[];
}

export interface StackConflict {
  readonly taskId: string;
  readonly files: readonly string[];
  /** The loop of the stack whose work it conflicts with first; null: the branch itself. */
  readonly with: string | null;
}

export interface LandRequest {
  readonly way: StackWay;
  readonly into: string | null;
  readonly newBranch: string | null;
  readonly rescueFirst: boolean;
  /** The branch has to be here still. */
  readonly onto: Commit;
  readonly layers: readonly [StackedLayer, ...StackedLayer[]];
}

/** The branch is no longer where the results were stacked on. */
export interface BranchMoved {
  readonly kind: 'moved';
  readonly branchCommit: Commit;
}

export type PreviewedLanding = { readonly kind: 'preview'; readonly preview: HomePreview } | BranchMoved;

export type LandOutcome =
  /** One record for each layer, in their order. */
  | { readonly kind: 'done'; readonly integrations: readonly Integration[]; readonly preview: HomePreview }
  | { readonly kind: 'not-done'; readonly preview: HomePreview }
  | BranchMoved;

export type HomeOutcome =
  | { readonly kind: 'done'; readonly integration: Integration; readonly preview: HomePreview }
  /** Nothing was done; the preview says why. */
  | { readonly kind: 'not-done'; readonly preview: HomePreview };

export interface Remote {
  readonly name: string;
  /** As pushes use it, without credentials. */
  readonly url: string;
}

export interface PushRequest {
  readonly taskId: string;
  readonly commit: Commit;
  readonly remote: string | null;
  /** The branch's name at the remote. */
  readonly branch: string;
}

export interface Pushed {
  readonly integration: Integration;
  /** As configured, without credentials. */
  readonly url: string;
}

/** Brings results into the user's branches and checkout. One step at a time: callers hold the repository's lease. */
export interface HomeGit {
  /** Computed from objects; nothing of the user's is touched. */
  preview(request: HomeRequest, signal: AbortSignal): Promise<Result<HomePreview, GitError>>;
  bring(request: HomeRequest, signal: AbortSignal): Promise<Result<HomeOutcome, GitError>>;
  /** The remote that a push goes to; null: `origin`, or the only one. */
  remote(name: string | null): Promise<Result<Remote, GitError>>;
  /** Ends what a process that was killed had begun; every step does so before it begins. */
  settle(): Promise<Result<void, GitError>>;
  /** Stacks results in memory; those with conflicts are left out and named. Nothing of the user's is touched. */
  stack(request: StackRequest, signal: AbortSignal): Promise<Result<Stack, GitError>>;
  /** Computed from objects; nothing of the user's is touched. */
  previewLanding(request: LandRequest, signal: AbortSignal): Promise<Result<PreviewedLanding, GitError>>;
  /** Brings exactly these commits home, all in one step. */
  land(request: LandRequest, signal: AbortSignal): Promise<Result<LandOutcome, GitError>>;
  /** With the user's own git, credentials and `pre-push` hook; never forced. */
  push(request: PushRequest, signal: AbortSignal): Promise<Result<Pushed, GitError>>;
  /** Takes the result's branch away; its commit stays under `refs/cfn/`. */
  discard(request: {
    readonly taskId: string;
    readonly commit: Commit;
  }): Promise<Result<Integration, GitError>>;
  /** `refused` in one sentence where the branch or the files are no longer as they were left. */
  undo(id: string): Promise<Result<Integration, GitError>>;
  /**
   * A commit of the merge with conflict markers in its files, for an agent to begin at. Its parents are the branch
   * and the result.
   */
  conflicted(request: HomeRequest): Promise<Result<Commit, GitError>>;
  /** Newest first. */
  integrations(taskId?: string): Promise<readonly Integration[]>;
  /** Short names of local branches, that of the checkout first; ours are left out. */
  branches(): Promise<Result<readonly string[], GitError>>;
}

import type { AddedFile } from '../domain/added-lines.ts';
import type { Result } from '../base/result.ts';
import type { Commit } from '../domain/loop/model.ts';
import type { LineRange } from '../domain/review/collisions.ts';
import type { FileHunks } from '../domain/review/hunks.ts';
import type { Ranges } from '../domain/review/ranges.ts';
import type { TakenFile } from '../domain/review/taken.ts';
import type { Submodule } from '../domain/worktree/submodules.ts';
import type { HomeGit } from './home-git.ts';

/** `refused`: the repository is in a state we do not work in; the message is one sentence for a person. */
export type GitError =
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string; readonly stderr: string };

export interface RepositoryFacts {
  /** Absolute real path of the checkout that was opened (its top level). */
  readonly root: string;
  readonly commonDir: string;
  /** Random id kept in the common git directory, so that all worktrees and windows find the same state. */
  readonly id: string;
  /** The opened folder relative to the root, '' at the root, forward slashes. */
  readonly prefix: string;
  readonly head: Commit;
  /** `refs/heads/main`, or null when detached. */
  readonly headRef: string | null;
  readonly dirty: boolean;
}

export interface FileChange {
  /** Forward slashes, relative to the root. */
  readonly path: string;
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed' | 'type-changed';
  /** Lines; null for binary files. */
  readonly added: number | null;
  readonly removed: number | null;
}

/** What an agent at work has changed in a file so far. */
export interface WorkingChange extends FileChange {
  /** The changed lines of the start, of files that were asked for; null where they are too many, or it is no text. */
  readonly ranges?: readonly LineRange[] | null;
}

/** A file on one side of a comparison. */
export interface FileSide {
  /** Forward slashes, relative to the root. */
  readonly path: string;
  /** As git writes it: `100644`, `100755`, `120000` for a link, `160000` for a submodule. */
  readonly mode: string;
  /** Of its blob; of its commit where it is a submodule. */
  readonly oid: string;
}

export interface ObjectFacts {
  readonly kind: 'file' | 'submodule';
  /** Of its blob, or the commit of a submodule. */
  readonly oid: string;
  /** Bytes; 0 for a submodule. */
  readonly size: number;
}

/** A file that differs between two commits. A renamed one has two paths. */
export interface ComparedFile {
  readonly status: FileChange['status'];
  /** Null: added. */
  readonly before: FileSide | null;
  /** Null: deleted. */
  readonly after: FileSide | null;
}

export interface AddedLines {
  readonly files: readonly AddedFile[];
  readonly truncated: boolean;
}

export interface DiffText {
  /** Unified diff: whole hunks up to the limit, then a file list with `+/-`. */
  readonly text: string;
  readonly truncated: boolean;
  readonly files: readonly FileChange[];
}

export interface PatchRequest {
  readonly from: Commit;
  readonly to: Commit;
  /** The first line becomes the subject. */
  readonly message: string;
  /** Date of the patch, epoch milliseconds. */
  readonly at: number;
}

/** The part of its commit that a worktree contains; all else is in its commits alone, unchanged. */
export interface Sparse {
  /** From the root, forward slashes. What stands beside them on the way from the root is there too. */
  readonly folders: readonly string[];
  /** What differs from it is there too, wherever it lies. */
  readonly base: Commit;
}

export interface AgentWorktree {
  readonly path: string;
  readonly branch: string;
  /** True when dependencies have to be set up (new worktree, or a lockfile changed). */
  readonly needsSetup: boolean;
}

/** `half-made`: killed while it was made, before any agent worked in it. */
export type WorktreeStanding = 'whole' | 'half-made' | 'missing';

export interface AttemptCommit {
  readonly commit: Commit;
  readonly ref: string;
  readonly files: readonly FileChange[];
  /** Paths of submodules in whose folders something was changed; no part of the commit, but of the worktree's rescue. */
  readonly leftOut: readonly string[];
}

export interface MergeConflict {
  /** The agent whose commit could not be merged, and those already merged that touch the same files. */
  readonly agentId: string;
  readonly with: readonly string[];
  readonly files: readonly string[];
}

export interface Integration {
  readonly commit: Commit;
  /** Its files: equal for two commits that hold the same. */
  readonly tree: string;
  readonly merged: readonly string[];
  readonly conflicts: readonly MergeConflict[];
}

export interface Checkout {
  readonly path: string;
  readonly commit: Commit;
}

/** A change outside the agents' worktrees between two looks. `guarded`: config, hooks, info: restored, fails the attempts. */
export interface OutsideChange {
  readonly kind: 'config' | 'hooks' | 'info' | 'ref' | 'stash' | 'checkout';
  readonly guarded: boolean;
  /** A file that the person changed in the editor; never true for guarded changes. */
  readonly own: boolean;
  readonly what: string;
}
export interface OutsideSnapshot {
  readonly id: string;
}

export interface Repositories {
  /** Finds and checks a repository; unusable ones are `refused` in one clear sentence. */
  open(folder: string, signal: AbortSignal): Promise<Result<Repository, GitError>>;
}

/** How an agent's worktree stands that the ledger names. */
export type WorktreeCondition =
  | { readonly kind: 'well' }
  /** By somebody; the reason is '' without one. `there`: its folder is, which may be on a disk that is not. */
  | { readonly kind: 'locked'; readonly reason: string; readonly there: boolean }
  /** By hand or by `git worktree move`; nobody works in it until it was taken up there. */
  | { readonly kind: 'moved'; readonly to: string }
  /** Its folder is gone; what was in commits is not. */
  | { readonly kind: 'missing' }
  /** A link or a file stands in its place. */
  | { readonly kind: 'replaced' };

export interface AgentWorktreeCondition {
  readonly agentId: string;
  /** Absolute, where the ledger has it. */
  readonly path: string;
  readonly condition: WorktreeCondition;
}

/** A worktree of the repository as git lists it. */
export interface ListedWorktree {
  /** Absolute, as git has it. */
  readonly path: string;
  /** `main`, `cfn/add-jwt/backend-1`; null when HEAD is detached. */
  readonly branch: string | null;
  /** `checkout`: the opened or the main one. `agent`: made by us, by the ledger. `other`: somebody else's. */
  readonly origin: 'checkout' | 'agent' | 'other';
  /** Its folder is not there. */
  readonly missing: boolean;
  /** Why somebody locked it, '' without a reason; null when it is not locked. */
  readonly locked: string | null;
  /** An agent's that somebody moved: from where the ledger has it, to where it was found. Null for all others. */
  readonly moved: { readonly from: string; readonly to: string } | null;
}

/** One user repository. All harness git runs with its own git directory, so nothing an agent configured is executed. */
export interface Repository {
  readonly facts: RepositoryFacts;
  /** The way of results into the user's branches and checkout. */
  readonly home: HomeGit;
  /** A commit of the checkout as it is, made from a temporary index; checkout and index stay untouched. */
  snapshotDirty(signal: AbortSignal): Promise<Result<Commit, GitError>>;
  task(taskId: string): TaskGit;
  /** All worktrees, whoever made them; a bare repository is none. */
  worktrees(): Promise<Result<readonly ListedWorktree[], GitError>>;
  /** The submodules of a commit, those inside others too. */
  submodules(commit: Commit): Promise<Result<readonly Submodule[], GitError>>;
  resolve(revision: string): Promise<Result<Commit, GitError>>;
  isAncestor(ancestor: Commit, descendant: Commit): Promise<Result<boolean, GitError>>;
  diff(from: Commit, to: Commit, options: { readonly maxBytes: number }): Promise<Result<DiffText, GitError>>;
  /** The lines that `to` has and `from` has not, as bytes (latin1); those of binary files are no lines. */
  addedLines(
    from: Commit,
    to: Commit,
    options: { readonly maxBytes: number },
  ): Promise<Result<AddedLines, GitError>>;
  /** Every file, link and submodule of a commit. */
  files(commit: Commit): Promise<Result<readonly FileSide[], GitError>>;
  changes(from: Commit, to: Commit): Promise<Result<readonly FileChange[], GitError>>;
  /** The same files without counted lines: many times faster, as no content is read but that of possible renames. */
  compare(from: Commit, to: Commit): Promise<Result<readonly ComparedFile[], GitError>>;
  /** The difference as a mail for `git am`, binary files included. Leaves nothing in the repository. */
  patch(request: PatchRequest): Promise<Result<Uint8Array, GitError>>;
  /** A file's content, of a link its target; null where a commit has no such file. */
  show(commit: Commit, path: string): Promise<Result<Uint8Array | null, GitError>>;
  /** The change of one file, taken apart; null where it does not differ. `path` is that of `to`. */
  hunks(from: Commit, to: Commit, path: string): Promise<Result<FileHunks | null, GitError>>;
  /** Those of the paths at which the commit has neither a folder nor a submodule. */
  missingFolders(commit: Commit, paths: readonly string[]): Promise<Result<readonly string[], GitError>>;
  /** What is at a path, without its content; null where nothing is, or a folder. */
  look(commit: Commit, path: string): Promise<Result<ObjectFacts | null, GitError>>;
  /** Config, hooks, info/, the user's refs, stash and checkout, to be compared later. Survives a restart by id. */
  lookOutside(): Promise<Result<OutsideSnapshot, GitError>>;
  /**
   * Names what changed since; guarded changes are restored. `own`: real paths of files that the person changed in
   * the editor, or of folders with all that is in them.
   */
  compareOutside(
    before: OutsideSnapshot,
    own?: readonly string[],
  ): Promise<Result<readonly OutsideChange[], GitError>>;
  /** Files below `.artifacts` of the opened checkout that git ignores and that did not change since `before` (epoch ms). */
  oldArtifacts(before: number): Promise<Result<readonly string[], GitError>>;
  /** Removes them, where they still are such files. Answers those that went. */
  removeArtifacts(before: number): Promise<Result<readonly string[], GitError>>;
  /** The real path of a file in one of the user's checkouts, whether it still exists or not; null elsewhere. */
  ownPath(path: string): Promise<string | null>;
  /** Ends what waits for the next question; asked again, it is started again. */
  close(): void;
}

/** What would become of an agent's worktree that is removed now. */
export interface Retirement {
  readonly path: string;
  /** Stays, with all commits. */
  readonly branch: string;
  /** Why it can not go as it stands; null: it may. */
  readonly kept: string | null;
  /** False: its folder is gone already. */
  readonly there: boolean;
  /** Files that no ref of the loop has as they are here, against `since`: a rescue ref is made for them first. */
  readonly unsaved: readonly FileChange[];
  /** The agent's own commits that nothing else holds; they go into the same rescue ref. */
  readonly looseCommits: number;
  /** Ignored files and folders that would go with it. */
  readonly ignored: readonly string[];
}

export interface RetiredWorktree {
  readonly path: string;
  /** The commit that holds what no other ref held; null when there was nothing like that. */
  readonly rescued: Commit | null;
  /** Has the tree that was removed, whether it was made for it or not; null where the folder was gone before. */
  readonly holder: Commit | null;
  /** Ignored files and folders that went with the worktree. */
  readonly ignored: readonly string[];
}

export interface Rescued {
  readonly commit: Commit;
  /** `refs/cfn/rescue/TASK_ID/AGENT_ID/…` */
  readonly ref: string;
}

/** Something of a task that the ledger names: a folder, or a ref in the user's repository. */
export interface OwnedItem {
  readonly kind: 'worktree' | 'checkout' | 'branch' | 'ref' | 'rescue';
  /** Absolute path, or the ref's full name. */
  readonly name: string;
  readonly agentId: string | null;
  /** Why a clean-up leaves it; null when it may go. */
  readonly kept: string | null;
}

export interface ReleasedRefs {
  readonly removed: readonly string[];
  /** Refs below `refs/cfn/rescue/` that were made first, for commits that nothing else holds. */
  readonly rescued: readonly string[];
}

/** Lines of a hunk of the difference from `base` that a person does not want. */
export interface RejectedLines {
  readonly base: Commit;
  readonly path: string;
  readonly hunk: string;
  readonly lines: Ranges;
}

export interface RevisionRequest {
  readonly iteration: number;
  readonly commit: Commit;
  readonly rejected: readonly RejectedLines[];
  /** Made of `commit` by an earlier review: what was left out and taken there stays so. */
  readonly onto: Commit | null;
  /** Of these paths nothing may be rejected. */
  readonly taken: readonly TakenFile[];
  readonly message: string;
}

export interface CheckoutKind {
  readonly sparse?: Sparse | undefined;
  /** It holds the last commits itself, instead of reading them in the user's repository. */
  readonly alone?: boolean;
}

export interface LendRequest {
  readonly agentId: string;
  /** At which the agent's worktree stands. */
  readonly commit: Commit;
  readonly branch: string;
}

/** A git folder of an agent's own, for a container in which the user's must not be. */
export interface LentRepository {
  readonly gitFolder: string;
  /** Where the container has to have it. */
  readonly mountedAt: string;
  /** File that has to stand for the worktree's `.git`. */
  readonly pointer: string;
}

export interface TaskGit {
  /** Creates the agent's worktree at `start`, or moves the kept one there; untracked files are rescued, then removed. */
  worktree(
    request: { readonly agentId: string; readonly start: Commit; readonly sparse?: Sparse | undefined },
    signal: AbortSignal,
  ): Promise<Result<AgentWorktree, GitError>>;
  /** What became of an agent's worktree. Takes a half-made one away, so that `worktree` makes it anew. */
  recoverWorktree(request: {
    readonly agentId: string;
    readonly start: Commit;
    readonly sparse?: Sparse | undefined;
  }): Promise<Result<WorktreeStanding, GitError>>;
  /** Removes the disposable checkouts of the task that the ledger names, but for `inUse`; gives their number. */
  recoverCheckouts(inUse: readonly string[]): Promise<Result<number, GitError>>;
  /** Commits the worktree's tree (tracked and untracked, not ignored) once, to the attempt's immutable ref. */
  commitAttempt(request: {
    readonly agentId: string;
    readonly iteration: number;
    readonly attempt: number;
    readonly start: Commit;
    readonly message: string;
  }): Promise<Result<AttemptCommit, GitError>>;
  /**
   * What an agent's worktree holds now against `start`, of the files at `linesOf` with their lines. Reads only: nothing
   * is kept in the user's repository.
   */
  workingChanges(request: {
    readonly agentId: string;
    readonly start: Commit;
    readonly linesOf?: ReadonlySet<string>;
  }): Promise<Result<readonly WorkingChange[], GitError>>;
  /** Merges the commits onto `start` in order, without a checkout; a conflicting one is left out and named. */
  integrate(request: {
    readonly iteration: number;
    readonly start: Commit;
    readonly commits: readonly { readonly agentId: string; readonly commit: Commit }[];
  }): Promise<Result<Integration, GitError>>;
  /** A disposable checkout of a commit, registered in the ledger. Removed by `discard`. */
  checkout(
    commit: Commit,
    label: string,
    signal: AbortSignal,
    how?: CheckoutKind,
  ): Promise<Result<Checkout, GitError>>;
  /** Made anew for each attempt; taken back with the attempt's commit, or with the next one. */
  lend(request: LendRequest): Promise<Result<LentRepository, GitError>>;
  /** The tree of the disposable checkout as it is now; compared with the commit's to see whether it was written to. */
  checkoutChanges(checkout: Checkout): Promise<Result<readonly FileChange[], GitError>>;
  discard(checkout: Checkout): Promise<void>;
  /**
   * Keeps what lies in an agent's worktree under a rescue ref, ignored files left out; null when other commits of the
   * loop hold all of it. The worktree stays as it is, and its agent may be at work.
   */
  rescue(agentId: string): Promise<Result<Rescued | null, GitError>>;
  /** What `retire` would do. `since` is a commit of the agent's that is kept. Changes no file and no ref. */
  retirement(request: {
    readonly agentId: string;
    readonly since: Commit;
  }): Promise<Result<Retirement, GitError>>;
  /**
   * Removes an agent's worktree that the ledger names; its work stays in refs and its branch. `unless` is asked last,
   * when nobody else of this process is at work on the worktree: why it has to stay, or null.
   */
  retire(agentId: string, unless?: () => string | null): Promise<Result<RetiredWorktree, GitError>>;
  /** Makes the worktree of an agent that has none, at `commit`; its branch is moved there. */
  restore(
    request: { readonly agentId: string; readonly commit: Commit },
    signal: AbortSignal,
  ): Promise<Result<AgentWorktree, GitError>>;
  /** How the worktrees stand that the ledger names of this task. Reads only. */
  conditions(): Promise<Result<readonly AgentWorktreeCondition[], GitError>>;
  /** Takes a moved worktree up where it is now, in the ledger and for git, and answers the place; writes nothing into it. */
  takeUpMoved(agentId: string): Promise<Result<string, GitError>>;
  /** What the ledger names of this task, with what of it may go now. */
  owned(): Promise<Result<readonly OwnedItem[], GitError>>;
  /** Removes the refs that may go. Commits that are in no branch, tag or rescue ref get a rescue ref first. */
  releaseRefs(): Promise<Result<ReleasedRefs, GitError>>;
  /** Drops the notes and empty folders of a task that is over. */
  forget(): Promise<Result<void, GitError>>;
  /**
   * A commit on `commit` without the rejected lines and with the taken files, made from objects: no file is written. Equal
   * requests give the same commit; nothing rejected and taken gives `commit` itself. `refused` where a hunk is not in the
   * commit any more, and where all that is taken is there already.
   */
  revise(request: RevisionRequest): Promise<Result<Commit, GitError>>;
  /** A commit like `commit` but for the content of one file; no ref names it. */
  seed(request: {
    readonly commit: Commit;
    readonly path: string;
    readonly content: string;
  }): Promise<Result<Commit, GitError>>;
  /** Whether `revise` made the commit. */
  isRevision(commit: Commit): Promise<Result<boolean, GitError>>;
  /** Points `cfn/<task>/result` and `refs/cfn/<task>/<iteration>/integrated/1` at a commit. */
  publishResult(commit: Commit, iteration: number): Promise<Result<{ readonly branch: string }, GitError>>;
}

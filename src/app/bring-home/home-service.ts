import type { Result } from '../../base/result.ts';
import type { GitHubRepository, GitHubServer } from '../../domain/home/github.ts';
import type { Way } from '../../domain/home/ways.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { HomePreview, Integration, Remote } from '../../ports/home-git.ts';
import type { PullRequest } from '../../ports/pull-requests.ts';
import type { Inheritance } from '../continuation.ts';
import type { LoopError } from '../loop-service.ts';
import type { QueueChoice, QueueProgress, QueueReport } from './queue-report.ts';

/** What a person chose of the ways that a result can take. */
export interface HomeChoice {
  readonly way: Way;
  /** A local branch; null: the one that is checked out. */
  readonly into: string | null;
  /** The outcome goes to a new branch; nothing that is there moves. */
  readonly newBranch: string | null;
  /** Uncommitted changes that stand in the way go to a rescue ref first. */
  readonly rescueFirst: boolean;
}

export interface HomeReport {
  readonly taskId: string;
  /** What the loop was to do, on one line: one side of a conflict. The other is in the verdict. */
  readonly intent: string;
  readonly commit: Commit;
  /** A person changed the result after its evidence ran. */
  readonly revised: boolean;
  /** The iteration that a person restored as the result. */
  readonly restored: number | null;
  readonly preview: HomePreview;
}

export type HomeResult =
  | { readonly kind: 'done'; readonly integration: Integration; readonly report: HomeReport }
  /** Nothing was done; the report says why. */
  | { readonly kind: 'not-done'; readonly report: HomeReport };

export interface PushChoice {
  /** Null: `origin`, or the only one. */
  readonly remote: string | null;
  /** The branch's name at the remote; null: the result's own. */
  readonly branch: string | null;
  /** The branch that the compare page is for; null: the host's default. */
  readonly into: string | null;
}

export interface PushedHome {
  readonly integration: Integration;
  /** Opens a pull or merge request in a browser; null for hosts whose pages are not known. */
  readonly compareUrl: string | null;
}

export interface PullRequestChoice extends PushChoice {
  /** Null: the first line of the task. */
  readonly title: string | null;
  readonly draft: boolean;
  /** GitHub servers besides GitHub.com that the token may be for. */
  readonly servers: readonly GitHubServer[];
  /** Kept nowhere. */
  readonly token: string;
}

export interface PullRequestHome {
  readonly integration: Integration;
  readonly repository: GitHubRepository;
  readonly pullRequest: PullRequest;
}

export interface RemoteHome extends Remote {
  /** Null where the remote is on no known GitHub server. */
  readonly gitHub: GitHubRepository | null;
}

/** A loop that merges by hand what git could not. */
export interface Resolution {
  readonly description: string;
  readonly inheritance: Inheritance;
}

/** Brings what loops made into the user's branches and checkout, one step at a time, each of which can be undone. */
export interface HomeService {
  /** Touches nothing. */
  preview(taskId: string, choice: HomeChoice, signal?: AbortSignal): Promise<Result<HomeReport, LoopError>>;
  bring(taskId: string, choice: HomeChoice, signal?: AbortSignal): Promise<Result<HomeResult, LoopError>>;
  /** What would be stacked on what, without any evidence. Touches nothing. */
  previewQueue(
    taskIds: readonly string[],
    choice: QueueChoice,
    signal?: AbortSignal,
  ): Promise<Result<QueueReport, LoopError>>;
  /**
   * Brings several loops home together, in this order: those that keep what the evidence of all of them says of the
   * branch. The others are put aside and named. Cancelled, it leaves nothing behind.
   */
  queue(
    taskIds: readonly string[],
    choice: QueueChoice,
    options?: { readonly progress?: (progress: QueueProgress) => void; readonly signal?: AbortSignal },
  ): Promise<Result<QueueReport, LoopError>>;
  /** With the user's git and credentials; never forced. */
  push(taskId: string, choice: PushChoice, signal?: AbortSignal): Promise<Result<PushedHome, LoopError>>;
  /** Where a push goes to; null: `origin`, or the only one. */
  remote(name: string | null, servers: readonly GitHubServer[]): Promise<Result<RemoteHome, LoopError>>;
  /** Pushes, then opens a pull request on GitHub. One that is open for the branch is found instead. */
  pullRequest(
    taskId: string,
    choice: PullRequestChoice,
    signal?: AbortSignal,
  ): Promise<Result<PullRequestHome, LoopError>>;
  /** Takes the result's branch away; its commits stay under `refs/cfn/`. */
  discard(taskId: string): Promise<Result<Integration, LoopError>>;
  /** By default the newest step of the loop that stands. */
  undo(taskId: string, id?: string): Promise<Result<Integration, LoopError>>;
  /** Newest first. */
  integrations(taskId?: string): Promise<readonly Integration[]>;
  /** What a loop starts with that resolves the conflicts of this merge. */
  resolution(taskId: string, choice: HomeChoice): Promise<Result<Resolution, LoopError>>;
  /** Local branches, that of the checkout first. */
  branches(): Promise<Result<readonly string[], LoopError>>;
}

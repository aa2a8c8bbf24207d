import type { Result } from '../base/result.ts';
import type { GitHubRepository } from '../domain/home/github.ts';

export interface NewPullRequest {
  readonly repository: GitHubRepository;
  /** A branch that is at the repository. */
  readonly head: string;
  /** The branch that takes it; null: the repository's default branch. */
  readonly base: string | null;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
  readonly draft: boolean;
}

export interface PullRequest {
  readonly number: number;
  /** Its page, on the repository's own server. */
  readonly url: string;
  readonly base: string;
  /** One for this branch was open already; it was left as it is. */
  readonly existed: boolean;
}

export interface PullRequestError {
  readonly kind: 'sign-in' | 'not-found' | 'refused' | 'unreachable';
  /** One sentence for the person. */
  readonly message: string;
}

export interface PullRequests {
  /** The token is used for this request alone and is part of no message. */
  create(
    request: NewPullRequest,
    token: string,
    signal: AbortSignal,
  ): Promise<Result<PullRequest, PullRequestError>>;
}

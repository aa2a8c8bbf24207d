import { ok, type Result } from '../../base/result.ts';
import { compareLink } from '../../domain/home/compare-link.ts';
import { gitHubRepository } from '../../domain/home/github.ts';
import { resultBranch } from '../../domain/worktree/naming.ts';
import type { HomeGit } from '../../ports/home-git.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { fail, gitFailure } from '../loop-error.ts';
import type { LoopError } from '../loop-service.ts';
import type { EndedLoop } from './ended-loop.ts';
import type { PullRequestChoice, PullRequestHome, PushChoice, PushedHome } from './home-service.ts';
import { intentOf } from './messages.ts';
import { pullRequestBody } from './pull-request-text.ts';

export async function push(
  home: HomeGit,
  { config, commit }: EndedLoop,
  { remote, branch, into }: PushChoice,
  signal: AbortSignal,
): Promise<Result<PushedHome, LoopError>> {
  const name = branch ?? resultBranch(config.taskId);
  const pushed = await home.push({ taskId: config.taskId, commit, remote, branch: name }, signal);
  if (!pushed.ok) return gitFailure(pushed.error);
  const { integration, url } = pushed.value;
  return ok({ integration, compareUrl: compareLink({ url, branch: name, into }) });
}

/** The branch has to be there before it can be asked for, so a pull request that is refused leaves a pushed branch. */
export async function openPullRequest(
  { repository: { home }, pullRequests }: Pick<LoopDeps, 'repository' | 'pullRequests'>,
  ended: EndedLoop,
  choice: PullRequestChoice,
  signal: AbortSignal,
): Promise<Result<PullRequestHome, LoopError>> {
  const remote = await home.remote(choice.remote);
  if (!remote.ok) return gitFailure(remote.error);
  const repository = gitHubRepository(remote.value.url, choice.servers);
  if (repository === null) {
    return fail(
      'input',
      `The remote ${remote.value.name} is ${remote.value.url}; a pull request takes one on a GitHub server that you signed in at. Push it instead.`,
    );
  }
  const head = choice.branch ?? resultBranch(ended.config.taskId);
  const pushed = await push(home, ended, { ...choice, branch: head }, signal);
  if (!pushed.ok) return pushed;
  const { integration, compareUrl } = pushed.value;
  const opened = await pullRequests.create(
    {
      repository,
      head,
      base: choice.into,
      title: choice.title ?? intentOf(ended.config),
      body: pullRequestBody(ended),
      draft: choice.draft,
    },
    choice.token,
    signal,
  );
  if (opened.ok) return ok({ integration, repository, pullRequest: opened.value });
  const way = compareUrl === null ? '' : ` Open it there: ${compareUrl}`;
  return fail('state', `${head} is pushed. ${opened.error.message}${way}`);
}

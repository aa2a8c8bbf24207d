import { err, ok, type Result } from '../../../base/result.ts';
import { shown } from '../../../base/shown.ts';
import { withoutCredentials } from '../../../domain/home/compare-link.ts';
import type { Pushed, PushRequest, Remote } from '../../../ports/home-git.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import { failed, refused, text } from '../git-process.ts';
import type { HomeContext } from './context.ts';

/** What the user's own git needs to sign in; it must not ask on a terminal that nobody looks at. */
const SIGN_IN = [
  'GIT_ASKPASS',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'SSH_ASKPASS',
  'SSH_AUTH_SOCK',
  'SSH_AGENT_PID',
];

/**
 * Pushes as the person would: with their configuration, credentials and `pre-push` hook, which teams use to keep
 * secrets in. A branch that is there already is moved forward or left alone.
 */
export async function push(
  context: HomeContext,
  request: PushRequest,
  signal: AbortSignal,
): Promise<Result<Pushed, GitError>> {
  const found = await findRemote(context, request.remote);
  if (!found.ok) return found;
  const remote = found.value;
  const named = await context.user.run(['check-ref-format', `refs/heads/${request.branch}`], {
    okCodes: [0, 1],
  });
  if (!named.ok || named.value.code !== 0) {
    return err(
      refused(`The branch is ${shown(request.branch)}; it takes a name that git takes for a branch.`),
    );
  }
  const options = ['--no-follow-tags', '--recurse-submodules=no'];
  const refspec = `${request.commit}:refs/heads/${request.branch}`;
  const pushed = await context.git.run(['push', ...options, '--', remote.name, refspec], {
    cwd: context.found.root,
    env: signInEnvironment(),
    signal,
  });
  if (!pushed.ok) return err(explain(pushed.error, { ...request, remote: remote.name }));
  const integration = {
    id: context.ids.token(),
    taskId: request.taskId,
    at: context.clock.now(),
    way: 'push',
    commit: request.commit,
    state: 'done',
    ref: null,
    checkout: null,
    rescued: null,
    pushed: { remote: remote.name, branch: request.branch },
    layers: null,
  } as const;
  await context.records.write(integration);
  return ok({ integration, url: remote.url });
}

function signInEnvironment(): Record<string, string> {
  const passed = SIGN_IN.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), GIT_ALLOW_PROTOCOL: 'https:http:ssh:git:file' };
}

export async function findRemote(
  context: HomeContext,
  wanted: string | null,
): Promise<Result<Remote, GitError>> {
  const name = await chooseRemote(context, wanted);
  if (!name.ok) return name;
  const url = await askGit(context, ['remote', 'get-url', '--push', name.value]);
  return url.ok ? ok({ name: name.value, url: withoutCredentials(url.value) }) : url;
}

async function chooseRemote(context: HomeContext, wanted: string | null): Promise<Result<string, GitError>> {
  const listed = await askGit(context, ['remote']);
  if (!listed.ok) return listed;
  const remotes = listed.value.split('\n').filter(Boolean);
  const [first] = remotes;
  if (first === undefined) {
    return err(refused('The repository has no remote; add one with git remote add.'));
  }
  const chosen = wanted ?? (remotes.includes('origin') ? 'origin' : remotes.length === 1 ? first : null);
  if (chosen !== null && remotes.includes(chosen)) return ok(chosen);
  const given = wanted === null ? 'missing' : shown(wanted);
  return err(refused(`The remote is ${given}; it takes one of ${remotes.join(', ')}.`));
}

async function askGit(context: HomeContext, args: readonly string[]): Promise<Result<string, GitError>> {
  const asked = await context.git.run(args, { cwd: context.found.root });
  return asked.ok ? ok(text(asked.value)) : asked;
}

function explain(
  error: GitError,
  { remote, branch }: { readonly remote: string; readonly branch: string },
): GitError {
  const stderr = error.kind === 'failed' ? error.stderr : '';
  if (/\[rejected\]|non-fast-forward|fetch first/.test(stderr)) {
    return refused(
      `${remote} has another ${branch}, which is never overwritten; push to a branch of another name.`,
    );
  }
  const reason = stderr.split('\n').find((line) => /^(fatal|error|remote):/.test(line)) ?? error.message;
  return failed(`${branch} could not be pushed to ${remote}: ${withoutCredentials(reason).trim()}`, '');
}

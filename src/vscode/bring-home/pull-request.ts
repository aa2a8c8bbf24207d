/** Pull requests: on GitHub with the session that the editor has for it, elsewhere on the host's own page. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { PushedHome, RemoteHome } from '../../app/bring-home/home-service.ts';
import type { LoopService } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { GitHubRepository, GitHubServer } from '../../domain/home/github.ts';
import type { Front } from '../front.ts';
import { enterpriseSite, signIn } from '../github-session.ts';
import { taskTitle, visible } from '../words.ts';
import { withSignal } from './with-signal.ts';

export async function createPullRequest(front: Front, service: LoopService, view: LoopView): Promise<void> {
  const remote = await service.home.remote(null, enterpriseServers());
  if (!remote.ok) return front.messages.failed(remote.error);
  if (remote.value.gitHub === null) return push(front, service, view);
  await onGitHub(front, service, { view, remote: remote.value, gitHub: remote.value.gitHub });
}

function enterpriseServers(): readonly GitHubServer[] {
  const url = enterpriseSite();
  return url === null ? [] : [{ url, api: null }];
}

interface Wanted {
  readonly view: LoopView;
  readonly remote: RemoteHome;
  readonly gitHub: GitHubRepository;
}

async function onGitHub(front: Front, service: LoopService, { view, remote, gitHub }: Wanted): Promise<void> {
  const title = await vscode.window.showInputBox({
    title: l10n.t('Create Pull Request'),
    prompt: l10n.t('Title of the pull request'),
    value: taskTitle(view, 72),
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' ? l10n.t('It takes some words.') : null),
  });
  if (title === undefined) return;
  const create = l10n.t('Create');
  const draft = l10n.t('Create as Draft');
  const page = l10n.t('Push and Open the Page');
  const answer = await front.messages.choose(
    l10n.t('Create a pull request at {0}?', `${gitHub.owner}/${gitHub.name}`),
    [
      l10n.t('{0} is pushed to {1} with your git.', visible(view.branch), visible(remote.name)),
      l10n.t('It asks to be merged into the default branch there, at {0}.', visible(gitHub.server)),
      l10n.t('Its text holds the task and what was measured, not what agents wrote.'),
    ].join('\n'),
    [create, draft, page],
  );
  if (answer === undefined) return;
  if (answer === page) return push(front, service, view);
  const token = await signIn(gitHub.server);
  if (token === null)
    return front.messages.note(l10n.t('Nothing was pushed: you are not signed in at {0}.', gitHub.server));
  const opened = await withSignal(l10n.t('Creating a pull request for {0}', view.taskId), (signal) =>
    service.home.pullRequest(
      view.taskId,
      {
        remote: remote.name,
        branch: null,
        into: null,
        title: title.trim(),
        draft: answer === draft,
        servers: enterpriseServers(),
        token,
      },
      signal,
    ),
  );
  if (!opened.ok) return front.messages.failed(opened.error);
  await front.loops.refresh();
  const { number, url, existed } = opened.value.pullRequest;
  const wanted = await front.messages.offer(
    existed
      ? l10n.t('Pull request #{0} of this branch is open; what you pushed is in it.', number)
      : l10n.t('Pull request #{0} is open.', number),
    l10n.t('Open'),
  );
  if (wanted) await vscode.env.openExternal(vscode.Uri.parse(url, true));
}

async function push(front: Front, service: LoopService, view: LoopView): Promise<void> {
  const branches = await service.home.branches();
  const pushed = await withSignal(l10n.t('Pushing the result of {0}', view.taskId), (signal) =>
    service.home.push(
      view.taskId,
      { remote: null, branch: null, into: branches.ok ? (branches.value[0] ?? null) : null },
      signal,
    ),
  );
  if (!pushed.ok) return front.messages.failed(pushed.error);
  await front.loops.refresh();
  await openCompare(front, pushed.value);
}

/** The host's own page creates the pull request; nothing is created behind the person's back. */
async function openCompare(front: Front, { integration, compareUrl }: PushedHome): Promise<void> {
  const branch = visible(integration.pushed?.branch ?? '');
  if (compareUrl === null) {
    return front.messages.note(
      l10n.t('{0} is pushed. The page for a pull request of this host is not known; open it there.', branch),
    );
  }
  await vscode.env.openExternal(vscode.Uri.parse(compareUrl, true));
  const again = await front.messages.offer(
    l10n.t('{0} is pushed, and the page that compares was opened.', branch),
    l10n.t('Copy Link'),
  );
  if (again) await vscode.env.clipboard.writeText(compareUrl);
}

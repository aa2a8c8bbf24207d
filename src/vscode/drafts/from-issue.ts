/** An epic from a GitHub issue. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { enterpriseSite, signIn } from '../github-session.ts';
import { epicOfIssue, fetchIssue, parseIssueReference, type Issue, type IssueReference } from './github.ts';

const LIMIT_MS = 20_000;

/** A text is what is wrong, in one sentence; undefined: done, or left by the person. */
export async function epicFromIssue(): Promise<string | undefined> {
  const remotes = await remotesOf();
  const enterprise = enterpriseSite();
  const known = { remotes, enterprise };
  const named = await vscode.window.showInputBox({
    title: l10n.t('Start Loop from GitHub Issue'),
    prompt: l10n.t('Address of the issue, OWNER/REPO#12, or #12 of this repository'),
    ignoreFocusOut: true,
    validateInput: (text) => {
      const parsed = parseIssueReference(text, known);
      return text.trim() === '' || parsed.ok ? undefined : parsed.error;
    },
  });
  if (named === undefined || named.trim() === '') return undefined;
  const reference = parseIssueReference(named, known);
  if (!reference.ok) return reference.error;
  const issue = await read(reference.value);
  if (typeof issue === 'string' || issue === undefined) return issue;
  const document = await vscode.workspace.openTextDocument({
    language: 'cfn-epic',
    content: epicOfIssue(issue),
  });
  await vscode.window.showTextDocument(document);
  return undefined;
}

/** First as anybody; who has to sign in is asked by VS Code itself. */
async function read(reference: IssueReference): Promise<Issue | string | undefined> {
  const first = await ask(reference, null);
  if (first === null) return undefined;
  if (first.ok) return first.value;
  if (first.error.kind !== 'sign-in') return first.error.message;
  const token = await signIn(reference.site);
  if (token === null) return first.error.message;
  const second = await ask(reference, token);
  if (second === null) return undefined;
  return second.ok ? second.value : second.error.message;
}

function ask(reference: IssueReference, token: string | null) {
  const cancel = new AbortController();
  const signal = AbortSignal.any([cancel.signal, AbortSignal.timeout(LIMIT_MS)]);
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: l10n.t('CFN: reading the issue'),
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (_progress, cancellation) => {
    cancellation.onCancellationRequested(() => cancel.abort());
    // VS Code's own, which knows the proxy.
    const issue = await fetchIssue(reference, { fetch, token, signal });
    return cancel.signal.aborted ? null : issue;
  });
}

const gitSchema = z.object({
  repositories: z.array(
    z.object({
      state: z.object({
        remotes: z.array(z.object({ name: z.string(), fetchUrl: z.nullish(z.string()) })),
      }),
    }),
  ),
});

/** From VS Code's git extension where it is there; `origin` first. */
async function remotesOf(): Promise<readonly string[]> {
  const git = vscode.extensions.getExtension<{ getAPI?: (version: 1) => unknown }>('vscode.git');
  if (!git) return [];
  try {
    const exported = await git.activate();
    const api = gitSchema.safeParse(exported.getAPI?.(1));
    if (!api.success) return [];
    const remotes = api.data.repositories.flatMap(({ state }) => state.remotes);
    const sorted = [...remotes].sort(
      (one, other) => Number(other.name === 'origin') - Number(one.name === 'origin'),
    );
    return sorted.flatMap(({ fetchUrl }) => fetchUrl ?? []);
  } catch {
    // It is switched off: the address has to be given in full.
    return [];
  }
}

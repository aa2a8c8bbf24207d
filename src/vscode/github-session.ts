/** GitHub as the editor itself is signed in there. A token stays in its own session and goes to its own server alone. */
import * as vscode from 'vscode';
import { GITHUB, safeOrigin } from '../domain/home/github.ts';

/** Origin of the server in the setting that VS Code's own GitHub Enterprise support uses; null without a safe one. */
export function enterpriseSite(): string | null {
  const uri = vscode.workspace.getConfiguration('github-enterprise').get<string>('uri') ?? '';
  return safeOrigin(uri)?.origin ?? null;
}

/** The token of the person's session at GitHub.com or the Enterprise server; null where there is none. */
export async function signIn(site: string): Promise<string | null> {
  const provider = site === GITHUB ? 'github' : 'github-enterprise';
  try {
    const session = await vscode.authentication.getSession(provider, ['repo'], { createIfNone: true });
    return session.accessToken;
  } catch {
    // Not signed in, by choice or because this VS Code has no such provider.
    return null;
  }
}

import * as vscode from 'vscode';
import type { Loops } from '../loops.ts';
import type { AgentTerminals } from '../terminals/terminal-runtime.ts';
import type { LogLinks } from './log-links.ts';

/** Ours alone: other extensions' channels have links of their own. */
const isOurs = ({ uri }: vscode.TextDocument) => uri.scheme !== 'output' || uri.path.includes('cfn-loop');

/** Loaded when the first line is looked at. */
export function registerLogLinks(loops: Loops, terminals: AgentTerminals): vscode.Disposable {
  let loaded: Promise<LogLinks> | null = null;
  const links = () =>
    (loaded ??= import('./log-links.ts').then(({ createLogLinks }) => createLogLinks(loops, terminals)));
  const documents: vscode.DocumentSelector = [{ language: 'cfn-log' }, { scheme: 'output', language: 'log' }];
  return vscode.Disposable.from(
    vscode.window.registerTerminalLinkProvider({
      provideTerminalLinks: async ({ line, terminal }) =>
        loops.views().length === 0 ? [] : (await links()).inTerminal(line, terminal),
      handleTerminalLink: async (link) => (await links()).open(link),
    }),
    vscode.languages.registerDocumentLinkProvider(documents, {
      provideDocumentLinks: async (document) =>
        isOurs(document) && vscode.workspace.isTrusted ? (await links()).inDocument(document) : [],
    }),
  );
}

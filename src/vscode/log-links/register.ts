import * as vscode from 'vscode';
import { loadOnce } from '../../base/load-once.ts';
import type { Loops } from '../loops.ts';
import type { AgentTerminals } from '../terminals/terminal-runtime.ts';

/** Ours alone: other extensions' channels have links of their own. */
const isOurs = ({ uri }: vscode.TextDocument) => uri.scheme !== 'output' || uri.path.includes('cfn-loop');

/** Loaded when the first line is looked at. */
export function registerLogLinks(loops: Loops, terminals: AgentTerminals): vscode.Disposable {
  const { get: links } = loadOnce(async () =>
    (await import('./log-links.ts')).createLogLinks(loops, terminals),
  );
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

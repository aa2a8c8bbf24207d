import * as vscode from 'vscode';
import type { Command } from '../front.ts';
import { startWith } from './start-loop.ts';

const TEMPLATE = `---
mode: \${1|standard,mvp,enterprise|}
agents: [\${2:claude}]
---
\${3:What should be different afterwards?}

## Requirements
- \${4:requirement}

## Acceptance
- \${5:how it can be checked}
`;

export const newEpic: Command = async () => {
  const document = await vscode.workspace.openTextDocument({ language: 'cfn-epic', content: '' });
  const editor = await vscode.window.showTextDocument(document);
  await editor.insertSnippet(new vscode.SnippetString(TEMPLATE));
};

/** `argument`: the file's address, from the line above it; else the file that is open. */
export const startEpic: Command = async (front, argument) => {
  const document =
    argument instanceof vscode.Uri
      ? await vscode.workspace.openTextDocument(argument)
      : vscode.window.activeTextEditor?.document;
  if (document?.languageId !== 'cfn-epic') {
    return front.messages.failed({ kind: 'input', message: 'Open an epic file (*.cfn.md) first.' });
  }
  // With its YAML reader it is the largest part of the front, and most windows never need it.
  const { parseEpic } = await import('../../protocol/epic-file.ts');
  const epic = parseEpic(document.getText());
  if (!epic.ok) {
    const message = `Line ${epic.error.line}: ${epic.error.message}`;
    return front.messages.failed({ kind: 'input', message });
  }
  const { settings, description, requirements, acceptance } = epic.value;
  await startWith(front, {
    description,
    requirements,
    acceptance,
    layers: [{ settings, label: (name) => name }],
  });
};

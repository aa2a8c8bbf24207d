import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Command } from '../front.ts';
import { startWith } from './start-loop.ts';

export const newEpic: Command = async () => {
  const { openNewEpic } = await import('../epic-language/epic-language.ts');
  await openNewEpic();
};

/** VS Code's own preview, which its button offers for Markdown alone. */
export const previewEpic: Command = async (front, argument) => {
  const uri = argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  if (!uri)
    return front.messages.failed({ kind: 'input', message: l10n.t('Open an epic file (*.cfn.md) first.') });
  await vscode.commands.executeCommand('markdown.showPreviewToSide', uri);
};

/** `argument`: the file's address, from the line above it; else the file that is open. */
export const startEpic: Command = async (front, argument) => {
  const document =
    argument instanceof vscode.Uri
      ? await vscode.workspace.openTextDocument(argument)
      : vscode.window.activeTextEditor?.document;
  if (document?.languageId !== 'cfn-epic') {
    return front.messages.failed({ kind: 'input', message: l10n.t('Open an epic file (*.cfn.md) first.') });
  }
  // With its YAML reader it is the largest part of the front, and most windows never need it.
  const { parseEpic } = await import('../../protocol/epic-file.ts');
  const epic = parseEpic(document.getText());
  if (!epic.ok) {
    const message = l10n.t('Line {0}: {1}', epic.error.line, epic.error.message);
    return front.messages.failed({ kind: 'input', message });
  }
  const { settings, description, requirements, acceptance } = epic.value;
  await startWith(front, {
    description,
    requirements,
    acceptance,
    layers: [{ settings, label: (name) => name }],
    epic: document.getText(),
  });
};

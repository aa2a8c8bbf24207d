import type * as vscode from 'vscode';
import { createNodeRedactor, secretsOfEnvironment } from './adapters/log/redactor.ts';
import { activateFront, type ActiveFront } from './vscode/activate.ts';

let front: ActiveFront | undefined;

export function activate(context: vscode.ExtensionContext): void {
  front = activateFront(
    context,
    async (options) => (await import('./core.ts')).createCore(options),
    createNodeRedactor(secretsOfEnvironment(process.env)),
  );
}

/** Lets go of the loops; their agents run on under their runners. */
export async function deactivate(): Promise<void> {
  await front?.dispose();
}

/** The one place that shows messages to the user. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { LoopError } from '../app/loop-service.ts';

const SHOW_LOG = l10n.t('Show Log');

export interface Messages {
  /** Expected failures: one sentence. Faults of ours also point to the log. */
  failed(error: LoopError): void;
  note(message: string): void;
  /** A quiet note with one button; true when it was pressed. */
  offer(message: string, action: string): Promise<boolean>;
  /** Asks with a modal dialog of several buttons; undefined when none was pressed. */
  choose(question: string, detail: string, actions: readonly string[]): Promise<string | undefined>;
  /** Asks with a modal dialog; true when the person agreed. */
  confirm(question: string, detail: string, action: string): Promise<boolean>;
}

export function createMessages(channel: vscode.LogOutputChannel): Messages {
  return {
    failed: (error) => {
      channel.error(`${error.kind}: ${error.message}`);
      void offerLog(channel, error);
    },
    note: (message) => {
      channel.info(message);
      void vscode.window.showInformationMessage(message);
    },
    offer: async (message, action) => {
      channel.info(message);
      return (await vscode.window.showInformationMessage(message, action)) === action;
    },
    choose: async (question, detail, actions) =>
      vscode.window.showInformationMessage(question, { modal: true, detail }, ...actions),
    confirm: async (question, detail, action) =>
      (await vscode.window.showInformationMessage(question, { modal: true, detail }, action)) === action,
  };
}

async function offerLog(channel: vscode.LogOutputChannel, error: LoopError): Promise<void> {
  const { showErrorMessage, showWarningMessage } = vscode.window;
  const show = error.kind === 'internal' ? showErrorMessage : showWarningMessage;
  if ((await show(error.message, SHOW_LOG)) === SHOW_LOG) channel.show();
}

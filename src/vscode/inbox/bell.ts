import { l10n } from 'vscode';
import * as vscode from 'vscode';

export interface Bell extends vscode.Disposable {
  /** One sound; none more while it is being made. */
  readonly ring: () => void;
}

/** VS Code begins to listen for the bell of a terminal one second after it made the terminal. */
const LISTENS_AFTER_MS = 1_500;
const HEARD_AFTER_MS = 1_000;
/** A terminal that never starts or ends holds up no later sound. */
const GIVEN_UP_AFTER_MS = 30_000;

const PROGRAM = [
  `setTimeout(() => process.stdout.write('\\x07'), ${LISTENS_AFTER_MS})`,
  `setTimeout(() => process.exit(), ${LISTENS_AFTER_MS + HEARD_AFTER_MS})`,
].join(';');

/**
 * Extensions can play no sound, but VS Code plays its own for the bell of a terminal, at the person's volume and where
 * the window is, also a remote one. Only terminals of processes can be kept out of sight, so a process rings it; the
 * terminal goes with it.
 */
export function createBell(): Bell {
  let ringing: { readonly terminal: vscode.Terminal; readonly givenUp: NodeJS.Timeout } | null = null;

  function end(): void {
    if (ringing === null) return;
    const { terminal, givenUp } = ringing;
    ringing = null;
    clearTimeout(givenUp);
    terminal.dispose();
  }
  const closed = vscode.window.onDidCloseTerminal((terminal) => {
    if (terminal === ringing?.terminal) end();
  });

  return {
    ring: () => {
      if (ringing !== null) return;
      const terminal = vscode.window.createTerminal({
        name: l10n.t('CFN Loop: bell'),
        hideFromUser: true,
        isTransient: true,
        shellPath: process.execPath,
        shellArgs: ['-e', PROGRAM],
        // The extension host's own program is Node, or Electron that has to be told to be.
        env: { ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: null },
      });
      ringing = { terminal, givenUp: setTimeout(end, GIVEN_UP_AFTER_MS) };
    },
    dispose: () => {
      closed.dispose();
      end();
    },
  };
}

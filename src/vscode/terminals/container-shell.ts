/** A terminal of this window on a shell in an agent's container. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { LoopError, LoopService } from '../../app/loop-service.ts';
import { ok, type Result } from '../../base/result.ts';
import type { ContainerShell } from '../../ports/container-engine.ts';

interface Of {
  readonly taskId: string;
  readonly agentId: string;
}

/** Until the terminal says how large it is. */
const SIZE = { columns: 80, rows: 24 };

/** An error says why there is none; then there is no terminal either. */
export async function openContainerShell(
  service: LoopService,
  { taskId, agentId }: Of,
): Promise<Result<vscode.Terminal, LoopError>> {
  const written = new vscode.EventEmitter<string>();
  const closed = new vscode.EventEmitter<number | void>();
  // What it says before the terminal is there.
  let early: string[] | null = [];
  const onOutput = (text: string): void => {
    if (early) early.push(text);
    else written.fire(text);
  };
  const opened = await service.openShell(taskId, agentId, { size: SIZE, onOutput });
  if (!opened.ok) return opened;
  const terminal = vscode.window.createTerminal({
    name: l10n.t('{0} (container)', agentId),
    iconPath: new vscode.ThemeIcon('package'),
    pty: terminalOf(opened.value, {
      agentId,
      written,
      closed,
      begin: () => {
        for (const text of early ?? []) written.fire(text);
        early = null;
      },
    }),
  });
  return ok(terminal);
}

interface Ends {
  readonly agentId: string;
  readonly written: vscode.EventEmitter<string>;
  readonly closed: vscode.EventEmitter<number | void>;
  /** Writes what was said so far. */
  readonly begin: () => void;
}

function terminalOf(shell: ContainerShell, { agentId, written, closed, begin }: Ends): vscode.Pseudoterminal {
  let over = false;
  const resize = (size: vscode.TerminalDimensions | undefined): void => {
    if (size) void shell.resize(size);
  };
  return {
    onDidWrite: written.event,
    onDidClose: closed.event,
    open(size) {
      begin();
      resize(size);
      void shell.ended.then((code) => {
        over = true;
        if (code !== null) return closed.fire(code === 0 ? undefined : code);
        const text = l10n.t('The container of {0} has ended. Any key closes this terminal.', agentId);
        written.fire(`\r\n\u001b[2m${text}\u001b[0m\r\n`);
      });
    },
    setDimensions: resize,
    handleInput: (text) => (over ? closed.fire() : shell.write(text)),
    close: () => void shell.end(),
  };
}

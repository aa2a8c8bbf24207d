import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { AgentView } from '../../app/projections/loop-view.ts';
import { foldName } from '../../base/programs.ts';
import { err, ok } from '../../base/result.ts';
import type { AgentRuntime } from '../../ports/agent-runtime.ts';
import { ENVIRONMENT_NAMES } from '../../protocol/attempt-folder.ts';

export interface AgentTerminals extends vscode.Disposable {
  readonly runtime: AgentRuntime;
  /** The terminal in which the agent's runner lives, also one from before a reload; `null` without one. */
  find(agent: AgentView): Promise<vscode.Terminal | null>;
  /** Which of these attempts' folders the terminal is of; `null` for one that is not an agent's. */
  folderOf(terminal: vscode.Terminal, folders: readonly string[]): Promise<string | null>;
  /** Asks the agent's runner to hand the CLI's own interface to the person; `null` without a terminal. */
  takeOver(agent: AgentView): Promise<vscode.Terminal | null>;
}

/** Loaded for the first terminal that is looked for: most windows never do. */
const runnerFiles = () => import('./runner-files.ts');

/**
 * The agent's environment and nothing else. `strictEnv` alone is not enough: where VS Code runs as a server,
 * terminals get the server's own variables too, and other extensions add theirs everywhere. What is `present`
 * here is unset; the runner is told the names, so that it can keep the rest from its agent.
 */
function terminalEnvironment(env: Readonly<Record<string, string>>, present: readonly string[]) {
  const fold = (name: string) => foldName(name, process.platform);
  const kept = new Set(Object.keys(env).map(fold));
  const unset = present.filter((name) => !kept.has(fold(name))).map((name) => [name, null] as const);
  return {
    ...Object.fromEntries(unset),
    ...env,
    [ENVIRONMENT_NAMES]: Object.keys(env).join(' '),
    // The runner is Node code inside VS Code's own binary; it removes this variable for its agent.
    ELECTRON_RUN_AS_NODE: '1',
  };
}

/** Terminals from before a reload come back some seconds after the extension, on a busy machine many. */
const RECONNECT_MS = 30_000;

async function firstWithPid(terminals: readonly vscode.Terminal[], pid: number) {
  for (const terminal of terminals) if ((await terminal.processId) === pid) return terminal;
  return null;
}

/** The terminal of that process once VS Code has connected it again; `null` when that time is over. */
function untilConnected(pid: number, deadline: number): Promise<vscode.Terminal | null> {
  return new Promise((resolve) => {
    const finish = (terminal: vscode.Terminal | null) => {
      clearTimeout(timer);
      opened.dispose();
      resolve(terminal);
    };
    const timer = setTimeout(() => finish(null), Math.max(0, deadline - Date.now()));
    const opened = vscode.window.onDidOpenTerminal((terminal) => {
      void firstWithPid([terminal], pid).then((found) => {
        if (found) finish(found);
      });
    });
  });
}

/**
 * Runs each agent's runner as the process of an integrated terminal: it has a TTY, its arguments arrive
 * untouched, and it lives on when the window reloads. `runner`: absolute path of the runner program.
 */
export function createAgentTerminals(runner: string): AgentTerminals {
  const reconnectedBy = Date.now() + RECONNECT_MS;
  const byFolder = new Map<string, vscode.Terminal>();
  const closed = vscode.window.onDidCloseTerminal((terminal) => {
    for (const [folder, each] of byFolder) if (each === terminal) byFolder.delete(folder);
  });

  const runtime: AgentRuntime = {
    kind: 'terminal',
    launch: async (launch, signal) => {
      if (signal.aborted) return err({ kind: 'launch-failed', message: l10n.t('The start was cancelled.') });
      const terminal = vscode.window.createTerminal({
        name: launch.title,
        shellPath: process.execPath,
        shellArgs: [runner, launch.folder],
        cwd: launch.spec.cwd,
        env: terminalEnvironment(launch.env, Object.keys(process.env)),
        strictEnv: true,
        iconPath: new vscode.ThemeIcon('sync'),
      });
      byFolder.set(launch.folder, terminal);
      const pid = await terminal.processId;
      if (pid === undefined) {
        return err({
          kind: 'launch-failed',
          message: l10n.t('The terminal {0} did not start.', launch.title),
        });
      }
      return ok({ pid });
    },
  };

  async function find(agent: AgentView): Promise<vscode.Terminal | null> {
    if (!agent.folder) return null;
    const known = byFolder.get(agent.folder);
    if (known) return known;
    // After a reload terminals have neither name nor options, but the same process.
    const { runnerPid } = await runnerFiles();
    const pid = await runnerPid(agent.folder);
    if (pid === null) return null;
    const found = await firstWithPid(vscode.window.terminals, pid);
    return found ?? (agent.endedAt === null ? untilConnected(pid, reconnectedBy) : null);
  }

  async function folderOf(terminal: vscode.Terminal, folders: readonly string[]): Promise<string | null> {
    for (const [folder, each] of byFolder) if (each === terminal) return folder;
    const pid = await terminal.processId;
    if (pid === undefined) return null;
    const { runnerPid } = await runnerFiles();
    for (const folder of folders) if ((await runnerPid(folder)) === pid) return folder;
    return null;
  }

  return {
    runtime,
    find,
    folderOf,
    takeOver: async (agent) => {
      const terminal = await find(agent);
      if (terminal && agent.folder) await (await runnerFiles()).askForTakeOver(agent.folder);
      return terminal;
    },
    dispose: () => closed.dispose(),
  };
}

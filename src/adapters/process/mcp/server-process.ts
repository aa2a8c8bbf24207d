import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { err, ok } from '../../../base/result.ts';
import { TOKEN_VARIABLE, type ProcessTable } from '../process-entry.ts';
import { createProcessTree } from '../process-tree.ts';
import { createLastWords, type StartServer } from './server-start.ts';

/** For a server that goes by itself once nobody speaks with it any more, in milliseconds. */
const LEAVE_MS = 2000;
const KILL_AFTER_MS = 1000;

/**
 * What a server and all that it starts carry. It is not the attempt's own token: a server is no part of the agent's tree, which
 * it may outlive by a moment without being a leftover.
 */
export const serverToken = (runToken: string, server: string): string => `${runToken}.mcp-${server}`;

/** Starts servers as processes of this machine. Without their own standard input they end by themselves. */
export function createProcessStart({
  table,
  runToken,
}: {
  readonly table: ProcessTable;
  readonly runToken: string;
}): StartServer {
  return async ({ launch, env, cwd, onOutput }) => {
    if (launch.start.kind !== 'process') return err('its image is for agents in containers alone.');
    const token = serverToken(runToken, launch.id);
    const [program = '', ...args] = launch.start.node
      ? [process.execPath, ...launch.start.argv]
      : launch.start.argv;
    const child = spawn(program, args, {
      cwd,
      env: { ...env, [TOKEN_VARIABLE]: token },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const words = createLastWords();
    child.stdout.on('data', onOutput);
    child.stderr.on('data', words.add);
    // A server that is gone has nothing to be told.
    child.stdin.on('error', () => undefined);
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(`${signal ?? `exit code ${code}`}${words.text()}`));
    });
    if (child.pid === undefined) return err(await exited);
    const tree = createProcessTree({ table, token, spare: () => [] });
    tree.adopt({ pid: child.pid, startTime: (await table.startTime(child.pid)) ?? '' });
    return ok({
      stdin: child.stdin,
      ended: exited,
      async end() {
        child.stdin.end();
        if (child.exitCode === null && child.signalCode === null)
          await Promise.race([once(child, 'exit'), pause(LEAVE_MS)]);
        await tree.end({ signal: 'SIGTERM', graceMs: KILL_AFTER_MS });
      },
    });
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms).unref());

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { bareEnvironment } from './bare-environment.ts';

const WORD = 'end';

/** Waits on a pipe in a shell, which costs next to nothing, and becomes the thorough reaper only when needed. */
const WAIT_THEN_REAP = `trap '' TERM INT HUP; read -r word; [ "$word" = ${WORD} ] || exec "$@"`;

export interface Guard {
  readonly pid: () => number | null;
  /** The clean end: the guard goes without doing anything. */
  release(): void;
}

export interface GuardRequest {
  readonly folder: string;
  /** The runner's own program file. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * A process of its own session that notices the runner's death, even by KILL, because the pipe between them
 * closes, and then ends what the runner left behind.
 */
export function startGuard(request: GuardRequest): Guard {
  let released = false;
  let restarts = 3;
  const start = (): ChildProcessByStdio<Writable, null, null> => {
    const child = spawnGuard(request);
    // Without a guard the agent still has its limits; a runner that refuses to work would be worse.
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    child.once('exit', () => {
      if (released || restarts === 0) return;
      restarts -= 1;
      current = start();
    });
    child.unref();
    return child;
  };
  let current = start();
  return {
    pid: () => current.pid ?? null,
    release() {
      released = true;
      current.stdin.end(`${WORD}\n`);
    },
  };
}

function spawnGuard({ folder, program, env }: GuardRequest): ChildProcessByStdio<Writable, null, null> {
  const [command, args] =
    process.platform === 'win32'
      ? [process.execPath, [program, '--guard', folder]]
      : ['/bin/sh', ['-c', WAIT_THEN_REAP, 'cfn-guard', process.execPath, program, '--reap', folder]];
  return spawn(command, args, {
    // Not the attempt's folder, which somebody may want to remove.
    cwd: dirname(program),
    // It must not keep what only the agent may know.
    env: bareEnvironment(env),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    windowsHide: true,
  });
}

/** The waiting half where there is no shell (Windows): true when the runner is gone without a word. */
export async function runnerVanished(input: Readable): Promise<boolean> {
  let heard = '';
  input.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  input.on('error', () => undefined);
  await once(input, 'close');
  return heard.trim() !== WORD;
}

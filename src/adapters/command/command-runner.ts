import { spawn, type ChildProcess } from 'node:child_process';
import type { Clock } from '../../base/clock.ts';
import { untilStopped } from '../../base/until-stopped.ts';
import type { CommandOutcome, CommandRunner, ShellCommand } from '../../ports/command-runner.ts';
import { endWindowsTree, findFamily, signalAll } from './process-family.ts';
import { createTail } from '../../base/tail.ts';

export interface CommandRunnerDeps {
  readonly clock: Clock;
  /** A fresh random word for each command, by which its processes are found again. */
  readonly token: () => string;
  /** Written down before a command starts and taken back after its end, so that what a killed process left is found. */
  readonly register?: {
    add(token: string): Promise<void>;
    remove(token: string): Promise<void>;
  };
  /** Between TERM and KILL, in milliseconds. */
  readonly killGraceMs?: number;
}

const MARK = 'CFN_RUN_TOKEN';
const TAIL_LIMIT = 8_192;
/** How long output may lag behind the end of the process that wrote it. */
const DRAIN_MS = 2_000;
const LOOK_MS = 25;
const LOOKS_AFTER_KILL = 40;

export function createCommandRunner(deps: CommandRunnerDeps): CommandRunner {
  return {
    run: async (command, signal) => {
      const token = deps.token();
      await deps.register?.add(token);
      const outcome = await runCommand({ deps, token }, command, signal);
      await deps.register?.remove(token);
      return outcome;
    },
  };
}

interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

async function runCommand(
  { deps, token }: { readonly deps: CommandRunnerDeps; readonly token: string },
  command: ShellCommand,
  signal: AbortSignal,
): Promise<CommandOutcome> {
  const started = deps.clock.now();
  const tail = createTail(TAIL_LIMIT);
  const outcome = (part: Partial<CommandOutcome> & Pick<CommandOutcome, 'status'>): CommandOutcome => ({
    exitCode: null,
    signal: null,
    ...part,
    tail: tail.text(),
    durationMs: deps.clock.now() - started,
  });
  if (signal.aborted) return outcome({ status: 'aborted' });

  const child = spawn(command.command, {
    cwd: command.cwd,
    env: { ...command.env, [MARK]: token },
    shell: true,
    // Its own group and, being a new session, no controlling terminal to ask questions on.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const closed = follow(child, (text, stream) => {
    tail.add(text);
    command.onOutput?.(text, stream);
  });
  const exited = new Promise<Exit | Error>((resolve) => {
    child.once('error', resolve);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });

  const stop = new AbortController();
  const stopped = untilStopped(deps.clock, { timeoutMs: command.timeoutMs, signal, done: stop.signal });
  const first = await Promise.race([exited, stopped]);
  stop.abort();
  if (first instanceof Error) {
    tail.add(first.message);
    return outcome({ status: 'not-started' });
  }
  if (child.pid !== undefined) {
    const exited = typeof first !== 'string';
    await endTree(deps, { root: child.pid, mark: `${MARK}=${token}`, started, exited });
  }
  await Promise.race([closed, deps.clock.sleep(DRAIN_MS)]);
  child.stdout.destroy();
  child.stderr.destroy();
  if (typeof first === 'string') return outcome({ status: first });
  return outcome({ status: 'ended', exitCode: first.code, signal: first.signal });
}

/** Resolves when both streams are at their end. A stream decodes by itself, so that no character is split. */
function follow(
  child: ChildProcess,
  onText: (text: string, stream: 'stdout' | 'stderr') => void,
): Promise<void> {
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => onText(text, name));
    // Read errors after the tree is ended say nothing that the exit did not say.
    stream?.on('error', () => undefined);
  }
  return new Promise((resolve) => child.once('close', () => resolve()));
}

interface Tree {
  readonly root: number;
  readonly mark: string;
  /** Epoch ms. */
  readonly started: number;
  readonly exited: boolean;
}

/**
 * TERM, then KILL after the grace, until nothing of the family is found. Each round looks anew, because a
 * process may have forked between the look and the signal.
 */
async function endTree(deps: CommandRunnerDeps, { root, mark, started, exited }: Tree): Promise<void> {
  if (process.platform === 'win32') return endWindowsTree({ pid: root, startedAt: started, exited });
  let family = await findFamily(root, mark);
  if (family.length === 0) return;
  signalAll(family, 'SIGTERM');
  const deadline = deps.clock.now() + (deps.killGraceMs ?? 1_000);
  while (deps.clock.now() < deadline) {
    await deps.clock.sleep(LOOK_MS);
    family = await findFamily(root, mark);
    if (family.length === 0) return;
  }
  for (let look = 0; look < LOOKS_AFTER_KILL; look += 1) {
    signalAll(family, 'SIGKILL');
    await deps.clock.sleep(LOOK_MS);
    family = await findFamily(root, mark);
    if (family.length === 0) return;
  }
}

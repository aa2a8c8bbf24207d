/**
 * Runners that were started before there is an attempt for them: most of what an agent's start costs is Node
 * starting and the runner being read, and that can be done while worktrees are made or evidence is collected.
 *
 * A waiting runner reads one line from its standard input, the assignment, and is an ordinary runner from then
 * on. When that input closes without a line, whoever might have had work for it is gone, and so is it.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import * as z from 'zod/mini';
import type { AgentLaunch, LaunchedRunner } from '../../ports/agent-runtime.ts';
import { RUNNER_LOG } from './attempt-files.ts';
import { bareEnvironment } from './bare-environment.ts';

export const WAIT = '--wait';
const TAKEN = 'taken\n';

const assignmentSchema = z.object({ folder: z.string(), env: z.record(z.string(), z.string()) });

/** Each of them holds about 45 MB. */
const MOST_WAITING = 4;
/** Nobody needed them for so long; the next start makes new ones. */
const IDLE_MS = 60_000;
/** An answer takes no longer than a turn of the runner's event loop, unless the machine is very busy. */
const ANSWER_MS = 10_000;

export interface WaitingRunners {
  /** Has so many ready soon, of those that fit. */
  expect(count: number): void;
  /** Hands the attempt to a waiting runner; `null` when there is none. */
  assign(launch: Pick<AgentLaunch, 'folder' | 'env'>): Promise<LaunchedRunner | null>;
}

type Waiting = ChildProcessByStdio<Writable, Readable, null>;

export interface WaitingRunnerCommand {
  /** Program and arguments, `--wait` the last. */
  readonly command: readonly string[];
  /** Absolute path of `dist/runner.js`. */
  readonly runner: string;
}

export function createWaitingRunners(program: WaitingRunnerCommand): WaitingRunners {
  const waiting = new Set<Waiting>();
  let idle: NodeJS.Timeout | undefined;

  const startOne = (): void => {
    const child = spawnWaiting(program);
    const forget = () => waiting.delete(child);
    child.once('error', forget);
    child.once('exit', forget);
    child.stdin.on('error', forget);
    child.unref();
    unref(child.stdin);
    unref(child.stdout);
    waiting.add(child);
  };
  const keepFor = (): void => {
    clearTimeout(idle);
    idle = setTimeout(() => {
      for (const child of waiting) child.stdin.end();
      waiting.clear();
    }, IDLE_MS).unref();
  };
  const expect = (count: number): void => {
    keepFor();
    while (waiting.size < Math.min(count, MOST_WAITING)) startOne();
  };

  return {
    expect,
    async assign({ folder, env }) {
      const [child] = waiting;
      if (child?.pid === undefined) return null;
      waiting.delete(child);
      child.stdin.end(`${JSON.stringify({ folder, env })}\n`);
      const handed = await isTaken(child);
      // One that does not answer must not run the attempt beside the runner that is started instead.
      if (!handed) child.kill('SIGKILL');
      return handed ? { pid: child.pid } : null;
    },
  };
}

/** True once the runner says that it has its assignment; it may have died before it could read it. */
function isTaken(child: Waiting): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), ANSWER_MS);
    const settle = (taken: boolean) => {
      clearTimeout(late);
      child.stdout.destroy();
      resolve(taken);
    };
    child.stdout.once('data', () => settle(true));
    child.stdout.once('close', () => settle(false));
  });
}

function spawnWaiting({ command, runner }: WaitingRunnerCommand): Waiting {
  const [program = '', ...args] = command;
  return spawn(program, args, {
    // Not a folder that somebody may want to remove.
    cwd: dirname(runner),
    // All else comes with the assignment.
    env: bareEnvironment(process.env),
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
    windowsHide: true,
  });
}

/** Pipes keep a process alive unless told otherwise; the types of a child's streams do not say that they are. */
function unref(stream: Writable | Readable): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
}

/**
 * The runner's own side: its arguments, once it has some; `null` when there is nothing to run. Environment,
 * folder and the place for complaints become those of the assignment.
 */
export async function runnerArguments(
  given: readonly string[],
  input: Readable = process.stdin,
): Promise<readonly string[] | null> {
  if (given[0] !== WAIT) return given;
  const assignment = await readAssignment(input);
  if (assignment === null) return null;
  process.stdout.write(TAKEN);
  const { folder, env } = assignment;
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(folder);
  const complain = (text: string) => appendFileSync(join(folder, RUNNER_LOG), text, { mode: 0o600 });
  process.stderr.write = (text) => {
    complain(typeof text === 'string' ? text : Buffer.from(text).toString());
    return true;
  };
  process.on('uncaughtException', (error) => {
    complain(`${error.stack ?? error.message}\n`);
    process.exit(70);
  });
  return [folder];
}

async function readAssignment(input: Readable): Promise<z.infer<typeof assignmentSchema> | null> {
  const lines = createInterface({ input });
  try {
    for await (const line of lines) {
      const parsed = assignmentSchema.safeParse(JSON.parse(line));
      return parsed.success ? parsed.data : null;
    }
  } catch {
    // Cut off in the middle: whoever wrote it is gone.
  } finally {
    lines.close();
    input.destroy();
  }
  return null;
}

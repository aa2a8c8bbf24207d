import { execFileSync, type ChildProcess } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants as osConstants, setPriority } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import spawn from 'cross-spawn';
import { err, ok, type Result } from '../../base/result.ts';
import type { AgentExit } from '../../domain/agents/ending.ts';
import { capture } from './capture.ts';
import { launchOnWindows, type Launch } from './windows-program.ts';

export interface AgentStart {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** File whose content is the agent's standard input; `null` for an empty one. */
  readonly stdinFile: string | null;
  /** Its standard input is written to instead. */
  readonly talks?: boolean;
  /** The agent talks to the terminal itself: nothing is read from it. */
  readonly tty: boolean;
  /** Folder in which pipes may be made for a moment. */
  readonly scratch: string;
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
  /** What is worth knowing about the place it runs in. */
  readonly say: (kind: 'notice' | 'error', text: string) => void;
}

export interface AgentProcess {
  /** `null` for one in a container. */
  readonly pid: number | null;
  readonly container?: { readonly id: string; readonly name: string };
  /** `null` unless it is written to. */
  readonly stdin: Writable | null;
  readonly exited: Promise<AgentExit>;
  /** Both outputs are at their end; with a daemon that holds them this may be never. */
  readonly closed: Promise<void>;
  /** Reads no further. */
  release(): void;
}

/** Where agents start: this machine, or a container of their own. */
export type StartAgent = (start: AgentStart) => Promise<Result<AgentProcess, string>>;

/** Starts the agent in a process group and session of its own (unless it owns the terminal). */
export async function startAgent(start: AgentStart): Promise<Result<AgentProcess, string>> {
  const missing = tooLong(start.cwd) ?? missingFolder(start.cwd) ?? missingPrompt(start.stdinFile);
  if (missing !== null) return err(missing);
  const launch = launchOf(start);
  if (!launch.ok) return launch;
  const pipes = start.tty ? null : makePipes(start.scratch);
  const handles = pipes === null ? [] : [pipes.stdout.write, pipes.stderr.write];
  try {
    const stdin = openStdin(start);
    if (typeof stdin === 'number') handles.push(stdin);
    return await whenStarted(spawnAgent({ start, launch: launch.value, stdin, pipes }), start, pipes);
  } catch (error) {
    for (const { socket } of pipes === null ? [] : [pipes.stdout, pipes.stderr]) socket.destroy();
    return err(startError(programOf(start), error));
  } finally {
    for (const handle of handles) closeSync(handle);
  }
}

const openStdin = ({ stdinFile, talks }: AgentStart): number | 'ignore' | 'pipe' =>
  talks === true ? 'pipe' : stdinFile === null ? 'ignore' : openSync(stdinFile, 'r');

/** The longest path of a folder in which Windows starts a program, whatever longer paths a disk may hold. */
const LONGEST_CWD_ON_WINDOWS = 258;

export function tooLong(cwd: string, platform: NodeJS.Platform = process.platform): string | null {
  if (platform !== 'win32' || cwd.length <= LONGEST_CWD_ON_WINDOWS) return null;
  return `Windows starts no program in a folder whose path has more than ${LONGEST_CWD_ON_WINDOWS} characters, and ${cwd} has ${cwd.length}; set cfn.worktreeRoot to a shorter one.`;
}

const programOf = ({ argv }: AgentStart) => argv[0] ?? '';

function launchOf({ argv, env, cwd }: AgentStart): Result<Launch, string> {
  if (process.platform !== 'win32') return ok({ program: argv[0] ?? '', args: argv.slice(1) });
  return launchOnWindows(argv, {
    env,
    cwd,
    isFile: (path) => attempt(() => statSync(path).isFile()) === true,
    read: (path) => attempt(() => readFileSync(path, 'utf8')),
  });
}

/** Missing and unreadable files are answers here. */
function attempt<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}

interface Spawning {
  readonly start: AgentStart;
  readonly launch: Launch;
  readonly stdin: number | 'ignore' | 'pipe';
  readonly pipes: Pipes | null;
}

function spawnAgent({ start, launch, stdin, pipes }: Spawning): ChildProcess {
  const outputs = pipes === null ? (['pipe', 'pipe'] as const) : [pipes.stdout.write, pipes.stderr.write];
  return spawn(launch.program, [...launch.args], {
    cwd: start.cwd,
    env: start.env,
    stdio: start.tty ? 'inherit' : [stdin, ...outputs],
    detached: !start.tty && process.platform !== 'win32',
    windowsHide: true,
  });
}

async function whenStarted(
  child: ChildProcess,
  start: AgentStart,
  pipes: Pipes | null,
): Promise<Result<AgentProcess, string>> {
  const streams = {
    stdout: pipes?.stdout.socket ?? child.stdout,
    stderr: pipes?.stderr.socket ?? child.stderr,
  };
  const exited = new Promise<AgentExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const failure = await new Promise<Error | null>((resolve) => {
    child.once('spawn', () => resolve(null));
    child.on('error', resolve);
  });
  if (failure !== null || child.pid === undefined) {
    streams.stdout?.destroy();
    streams.stderr?.destroy();
    return err(startError(programOf(start), failure));
  }
  lowerPriority(child.pid);
  const closed = Promise.all([
    drain(streams.stdout, (chunk) => start.onOutput('stdout', chunk)),
    drain(streams.stderr, (chunk) => start.onOutput('stderr', chunk)),
  ]);
  return ok({
    pid: child.pid,
    stdin: child.stdin,
    exited,
    closed: closed.then(() => undefined),
    release() {
      streams.stdout?.destroy();
      streams.stderr?.destroy();
    },
  });
}

function drain(stream: Readable | null, onChunk: (chunk: Buffer) => void): Promise<void> {
  if (stream === null) return Promise.resolve();
  stream.on('data', onChunk);
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.once('end', resolve);
    stream.once('error', () => resolve());
  });
}

interface Pipe {
  readonly socket: Socket;
  readonly write: number;
}
interface Pipes {
  readonly stdout: Pipe;
  readonly stderr: Pipe;
}

/**
 * Real pipes. What Node calls a pipe is a socket, which cannot be opened by name, so that a shell script's
 * `echo … > /dev/stderr` fails with "No such device or address". `null` where there are none (Windows).
 */
function makePipes(scratch: string): Pipes | null {
  if (process.platform === 'win32') return null;
  const names = ['stdout', 'stderr'].map((name) => join(scratch, `.${name}.${process.pid}.pipe`));
  try {
    execFileSync('mkfifo', ['-m', '600', ...names], { stdio: 'ignore' });
    const [stdout, stderr] = names.map(openPipe);
    return stdout && stderr ? { stdout, stderr } : null;
  } catch {
    return null;
  } finally {
    for (const name of names) rmSync(name, { force: true });
  }
}

function openPipe(name: string): Pipe {
  // The reading end first and without waiting: opening either end alone would block.
  const read = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  const write = openSync(name, constants.O_WRONLY);
  return { socket: new Socket({ fd: read, readable: true, writable: false }), write };
}

function missingFolder(cwd: string): string | null {
  try {
    return statSync(cwd).isDirectory() ? null : `The agent's working directory ${cwd} is not a folder.`;
  } catch {
    return `The agent's working directory ${cwd} does not exist.`;
  }
}

function missingPrompt(file: string | null): string | null {
  return file === null || existsSync(file) ? null : `The attempt's prompt ${file} does not exist.`;
}

function startError(program: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `${program} was not found; install it or put it on PATH.`;
  if (code === 'EACCES') return `${program} may not be executed; check its permissions.`;
  return `${program} could not be started: ${error instanceof Error ? error.message : 'no process was made'}.`;
}

/** Best effort: agents must leave the machine usable for the person in front of it. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, osConstants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Refused in some containers; the agent then runs as it is.
  }
  if (process.platform === 'linux') void capture('ionice', ['-c2', '-n7', '-p', String(pid)]);
}

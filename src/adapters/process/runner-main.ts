import { resolve } from 'node:path';
import type { AgentProvider } from '../../ports/agent-provider.ts';
import type { AttemptSpec, TranscriptLine } from '../../protocol/attempt.ts';
import { runnerVanished, startGuard } from './guard.ts';
import type { ProcessTable } from './process-entry.ts';
import { reapAttempt } from './reap.ts';
import { createPerson } from './person.ts';
import { runAttempt, type RunnerDeps } from './run-attempt.ts';

export interface RunnerProgram {
  readonly args: readonly string[];
  /** This program's own file, with which it starts its guard. */
  readonly program: string;
  readonly table: ProcessTable;
  readonly providerOf: (program: AttemptSpec['program']) => AgentProvider | undefined;
  /** Takes secrets out of a line of the transcript. */
  readonly redact: (text: string) => string;
  /** Makes it a secret for `redact`. */
  readonly addSecret: RunnerDeps['addSecret'];
  readonly openStore: RunnerDeps['openStore'];
  readonly openEngine: RunnerDeps['openEngine'];
  readonly openEgressProxy: RunnerDeps['openEgressProxy'];
  /** A transcript's line for a terminal of so many columns, without a final newline. */
  readonly render: (line: TranscriptLine, columns: number) => string;
}

const USAGE = 'Usage: runner FOLDER, where FOLDER is an attempt with a spec.json.\n';

/** `runner FOLDER` runs an attempt; `--reap FOLDER` ends what a dead runner left; `--guard FOLDER` waits for that. */
export async function runnerMain(runner: RunnerProgram): Promise<void> {
  try {
    await dispatch(runner);
  } catch (error) {
    // Without a record and a runner the attempt is lost, and the guard ends what is left of it.
    stop(70, `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
}

async function dispatch(runner: RunnerProgram): Promise<void> {
  const { args, program } = runner;
  const [verb, folder] = args.length === 2 ? [args[0], args[1]] : ['run', args[0]];
  if (folder === undefined || !['run', '--reap', '--guard'].includes(verb ?? '')) return stop(2, USAGE);
  if (verb !== 'run') {
    if (verb === '--reap' || (await runnerVanished(process.stdin))) await reapAttempt(folder, runner);
    return process.exit(0);
  }
  const terminal = openTerminal(runner.render);
  const ended = await runAttempt(resolve(folder), {
    ...runner,
    env: process.env,
    startGuard: (attempt) => startGuard({ folder: attempt, program, env: process.env }),
    ...terminal,
  });
  if (ended === 'taken') return stop(2, `Another runner works in ${folder}.\n`);
  if (ended === 'no-spec') return stop(2, `${folder} has no valid spec.json.\n${USAGE}`);
  return process.exit(0);
}

/**
 * A runner that is asked to stop cancels its agent; only KILL leaves that to the guard. Ctrl+C while the
 * agent owns the terminal is the agent's to answer.
 */
function openTerminal(
  render: RunnerProgram['render'],
): Pick<RunnerDeps, 'interrupted' | 'person' | 'lendTerminal'> {
  let reason: string | null = null;
  let lent = false;
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => (reason ??= `the runner got ${signal}`));
  }
  const onInterrupt = () => {
    if (!lent) reason ??= 'Ctrl+C in its terminal';
  };
  process.on('SIGINT', onInterrupt);
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  return {
    interrupted: () => reason,
    lendTerminal: (now) => (lent = now),
    person: isTerminal
      ? createPerson({ input: process.stdin, output: process.stdout, render, onInterrupt })
      : null,
  };
}

function stop(code: number, message: string): never {
  process.stderr.write(message);
  return process.exit(code);
}

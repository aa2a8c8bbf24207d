import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import { RUNNER_LOG } from './attempt-files.ts';
import { createWaitingRunners, WAIT } from './waiting-runner.ts';
import type { AgentLaunch, AgentRuntime, LaunchedRunner, LaunchError } from '../../ports/agent-runtime.ts';

export interface RunnerProgramFile {
  /** Absolute path of `dist/runner.js`. */
  readonly runner: string;
  /** Node, or an editor that runs as Node; by default the program that runs now. */
  readonly node?: string;
}

/** Command line of a runner; small heaps, because a machine runs as many of them as agents. */
export function runnerCommand({ runner, node }: RunnerProgramFile, argument: string): readonly string[] {
  return [node ?? process.execPath, '--max-semi-space-size=1', '--max-old-space-size=128', runner, argument];
}

/** What a runner's environment needs beyond its agent's; the runner takes it away again. */
export function runnerEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  return process.versions['electron'] === undefined ? { ...env } : { ...env, ELECTRON_RUN_AS_NODE: '1' };
}

/**
 * Runners as plain background processes that outlive whoever started them. The environment goes to them
 * through the process environment, never through a file.
 */
export function createProcessRuntime(program: RunnerProgramFile): AgentRuntime {
  const waiting = createWaitingRunners({ command: runnerCommand(program, WAIT), runner: program.runner });
  return {
    kind: 'process',
    expect: (count) => waiting.expect(count),
    async launch(launch: AgentLaunch, signal: AbortSignal): Promise<Result<LaunchedRunner, LaunchError>> {
      if (signal.aborted) return err({ kind: 'launch-failed', message: 'The start was cancelled.' });
      if (!existsSync(program.runner)) {
        return err({
          kind: 'program-missing',
          message: `The runner ${program.runner} is missing; build it first.`,
        });
      }
      const assigned = await waiting.assign(launch);
      if (assigned !== null) return ok(assigned);
      const [command, ...args] = runnerCommand(program, launch.folder);
      const log = openSync(join(launch.folder, RUNNER_LOG), 'a', 0o600);
      try {
        return await started(command ?? '', args, { folder: launch.folder, log, env: launch.env });
      } finally {
        closeSync(log);
      }
    },
  };
}

interface StartOptions {
  readonly folder: string;
  readonly log: number;
  readonly env: Readonly<Record<string, string>>;
}

function started(
  command: string,
  args: readonly string[],
  { folder, log, env }: StartOptions,
): Promise<Result<LaunchedRunner, LaunchError>> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: runnerEnvironment(env),
      stdio: ['ignore', 'ignore', log],
      detached: true,
      windowsHide: true,
    });
    child.once('error', (error) => resolve(err({ kind: 'launch-failed', message: error.message })));
    child.once('spawn', () => {
      child.unref();
      resolve(ok({ pid: child.pid ?? -1 }));
    });
  });
}

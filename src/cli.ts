#!/usr/bin/env node
import { version } from '../package.json';
import { createNodeRedactor, secretsOfEnvironment } from './adapters/log/redactor.ts';
import { systemClock } from './base/clock.ts';
import { copyEnvironment } from './base/programs.ts';
import type { Logger, LogLevel } from './base/logger.ts';
import { createStructuredLogger, formatLogText } from './base/structured-logger.ts';
import { readOwnSetting, readRetention } from './cli/config-files.ts';
import type { CliContext, InterruptSignal } from './cli/context.ts';
import { dispatch } from './cli/dispatch.ts';
import { readRedisConfig } from './cli/redis-config.ts';
import { EXIT, type CliOutput, type Exit } from './cli/io.ts';

/** For connecting and for each command that waits for nothing. */
const STORE_DEADLINE_MS = 5000;

const env = copyEnvironment(process.env, process.platform);

const context: CliContext = {
  io: {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env,
    cwd: process.cwd(),
    platform: process.platform,
  },
  programs: __dirname,
  loadCore: async ({ budgetPerDay } = {}) => {
    const { createCore } = await import('./core.ts');
    return createCore({
      logger: stderrLogger(),
      env,
      programs: __dirname,
      redis: (root) => readRedisConfig(context.io, root),
      maxAgentsOnMachine: () => readOwnSetting(context.io, 'maxAgentsOnMachine'),
      agentImage: () => readOwnSetting(context.io, 'image'),
      budgetPerDay: async () => budgetPerDay ?? readOwnSetting(context.io, 'budgetPerDay'),
      retention: (root) => readRetention(context.io, root),
    });
  },
  loadBench: async () => (await import('./machine-bench.ts')).runMachineBench,
  openComposePlace: async (folder) =>
    (await import('./compose-place.ts')).openComposePlace({ env, logger: stderrLogger() }, folder),
  openStore: async (url) => {
    const { openRespClient } = await import('./adapters/coordination/resp-client.ts');
    return openRespClient({ url, deadlineMs: STORE_DEADLINE_MS });
  },
  onSignal: (listener) => {
    const signals: readonly InterruptSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, listener);
    return {
      dispose: () => {
        for (const signal of signals) process.off(signal, listener);
      },
    };
  },
  leaveNow: (code) => process.exit(code),
};

/** `CFN_LOG` (DEBUG, INFO, WARNING or ERROR) says from where on; WARNING when unset. */
function stderrLogger(): Logger {
  const levels: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARNING', 'ERROR'];
  return createStructuredLogger({
    sinks: [{ write: (record) => void process.stderr.write(`${formatLogText(record)}\n`) }],
    redactor: createNodeRedactor(secretsOfEnvironment(env)),
    clock: systemClock,
    level: levels.find((level) => level === env['CFN_LOG']?.toUpperCase()) ?? 'WARNING',
  });
}

/** A reader that went away (`| head`, a closed terminal) is no reason to end a loop. */
function ignoreLostReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  }
}

function drained(stream: CliOutput): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}

async function leave(exit: Exit): Promise<never> {
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  // Dying by the very signal tells the parent what happened; where that can not be, its usual code does.
  if (typeof exit === 'string' && process.platform !== 'win32') {
    process.kill(process.pid, exit);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  if (typeof exit === 'number') process.exit(exit);
  process.exit(exit === 'SIGTERM' ? 143 : 129);
}

function internalError(error: unknown): Promise<never> {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`Internal error; a loop that was running can be resumed with cfn resume.\n${what}\n`);
  return leave(EXIT.internal);
}

ignoreLostReaders();
process.on('uncaughtException', (error) => void internalError(error));
dispatch(process.argv.slice(2), version, context).then(leave).catch(internalError);

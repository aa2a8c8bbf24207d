import { resolve } from 'node:path';
import { Command } from 'commander';
import { checkId } from '../../base/ids.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { CoordinationError } from '../../ports/coordination.ts';
import type { StoreCommands } from '../../ports/store-commands.ts';
import type { CliContext } from '../context.ts';
import { EXIT, refuse, type CliIo } from '../io.ts';

/** Exit code of the script-like verbs when the thing itself failed: no store, no such value, time over. */
export const FAILED = 1;
const LONGEST_SECONDS = 86_400;

export interface StoreOptions {
  readonly taskId?: string;
  readonly agentId?: string;
  readonly repo?: string;
}

/** A verb on the coordination store, with the flags that all of them take. */
export function storeCommand(verb: string, description: string): Command {
  return new Command(`cfn ${verb}`)
    .description(description)
    .option('--task-id <id>', 'the task (default: TASK_ID)')
    .option('--agent-id <id>', 'the agent (default: AGENT_ID)')
    .option('--repo <dir>', 'the repository whose store is used when CFN_REDIS_URL is not set');
}

/** A number is the exit code to end with; the sentence was told. */
export function taskIdOf(io: CliIo, options: StoreOptions): string | number {
  const given = options.taskId ?? io.env['TASK_ID'];
  if (given === undefined || given === '')
    return refuse(io, '[ERROR] --task-id is missing; it takes the id of the task.');
  const checked = checkId('--task-id', given);
  return checked.ok ? checked.value : refuse(io, `[ERROR] ${checked.error}`);
}

/** `null` when no agent was named. */
export function agentIdOf(io: CliIo, options: StoreOptions): string | null | number {
  const given = options.agentId ?? io.env['AGENT_ID'];
  if (given === undefined || given === '') return null;
  if (checkId('--agent-id', given).ok) return given;
  io.stderr.write('[ERROR] Invalid agent ID format\n');
  return FAILED;
}

/** Seconds as a flag gives them. */
export function secondsOf(field: string, text: string | undefined, standard: number): Result<number, string> {
  if (text === undefined) return ok(standard);
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return seconds > 0 && seconds <= LONGEST_SECONDS
    ? ok(seconds)
    : err(
        `${field} is ${JSON.stringify(text.slice(0, 40))}; it takes seconds above 0 and up to ${LONGEST_SECONDS}.`,
      );
}

export function wholeOf(field: string, text: string, most: number): Result<number, string> {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= most
    ? ok(value)
    : err(`${field} is ${JSON.stringify(text.slice(0, 40))}; it takes a whole number from 1 to ${most}.`);
}

/** The deadline of the run that this agent belongs to, in seconds. */
export function runDeadline(io: CliIo): number | undefined {
  const seconds = Number(io.env['AGENT_TIMEOUT']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

/**
 * Connects to the agent's own store, or for a person to the repository's, and ends with what `use` returns.
 * A failure of the store is told in one line.
 */
export async function withStore(
  context: CliContext,
  options: StoreOptions,
  use: (client: StoreCommands) => Promise<Result<number, CoordinationError>>,
): Promise<number> {
  const { io } = context;
  const url = await storeUrlOf(context, options);
  if (!url.ok) {
    io.stderr.write(`[ERROR] ${url.error}\n`);
    return FAILED;
  }
  const client = await context.openStore(url.value);
  const used = client.ok ? await use(client.value) : client;
  if (client.ok) client.value.close();
  if (used.ok) return used.value;
  const what = used.error.kind === 'rejected' ? 'refused' : 'is not reachable';
  io.stderr.write(`[ERROR] The coordination store ${what}: ${used.error.message}\n`);
  return FAILED;
}

async function storeUrlOf(context: CliContext, options: StoreOptions): Promise<Result<string, string>> {
  const { io } = context;
  const own = io.env['CFN_REDIS_URL'];
  if (own !== undefined && own !== '') return ok(own);
  const core = await context.loadCore();
  try {
    const url = await core.coordinationUrl(resolve(io.cwd, options.repo ?? '.'));
    return url.ok ? url : err(`CFN_REDIS_URL is not set, and ${url.error.message}`);
  } finally {
    await core.dispose();
  }
}

export const done = ok(EXIT.proceed);

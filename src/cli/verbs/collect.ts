import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Result } from '../../base/result.ts';
import type { CoordinationError } from '../../ports/coordination.ts';
import type { RespValue, StoreCommands } from '../../ports/store-commands.ts';
import { completionsOf, keys } from '../../protocol/keys.ts';
import { parseArguments } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { refuse } from '../io.ts';
import {
  done,
  FAILED,
  secondsOf,
  storeCommand,
  taskIdOf,
  wholeOf,
  withStore,
  type StoreOptions,
} from './store-verb.ts';

interface CollectOptions extends StoreOptions {
  readonly expected?: string;
  readonly required?: string;
  readonly threshold?: string;
  readonly timeout?: string;
  readonly iteration?: string;
}

const WAIT_SECONDS = 600;
const POLL_MS = 200;
const MOST_AGENTS = 1000;

interface Request {
  readonly taskId: string;
  readonly expected: number;
  readonly threshold: number | null;
  readonly timeoutSeconds: number;
  readonly iteration: number | null;
}

/** `cfn collect`: waits until so many different agents have completed, then tells what they said. */
export async function runCollect(argv: readonly string[], context: CliContext): Promise<number> {
  const { io } = context;
  const command = storeCommand('collect', 'Wait until agents have completed and collect their confidence.')
    .option('--expected <count>', 'how many agents have to complete')
    .option('--required <count>', 'the same as --expected')
    .option('--threshold <share>', 'lowest mean confidence, 0 to 1')
    .option('--timeout <seconds>', `how long to wait (default: ${WAIT_SECONDS})`)
    .option('--iteration <number>', 'count only completions of this iteration');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const options = command.opts<CollectOptions>();
  const taskId = taskIdOf(io, options);
  if (typeof taskId === 'number') return taskId;
  const request = readRequest(taskId, options);
  if (!request.ok) return refuse(io, `[ERROR] ${request.error}`);
  return withStore(context, options, async (client) => {
    const results = await waitForAll(client, request.value);
    if (!results.ok) return results;
    if (results.value.size < request.value.expected) {
      io.stderr.write(
        `[ERROR] Timeout waiting for agent completion (${results.value.size} of ${request.value.expected})\n`,
      );
      return ok(FAILED);
    }
    const summary = await summarise(client, request.value, results.value);
    if (!summary.ok) return summary;
    io.stdout.write(`${JSON.stringify(summary.value)}\n`);
    return summary.value.consensus === false ? ok(FAILED) : done;
  });
}

function readRequest(taskId: string, options: CollectOptions): Result<Request, string> {
  const count = readCount(options);
  if (!count.ok) return count;
  const threshold = readThreshold(options.threshold);
  if (!threshold.ok) return threshold;
  const timeout = secondsOf('--timeout', options.timeout, WAIT_SECONDS);
  if (!timeout.ok) return timeout;
  const iteration =
    options.iteration === undefined ? ok(null) : wholeOf('--iteration', options.iteration, 1000);
  if (!iteration.ok) return iteration;
  return ok({
    taskId,
    expected: count.value,
    threshold: threshold.value,
    timeoutSeconds: timeout.value,
    iteration: iteration.value,
  });
}

function readCount({ expected, required }: CollectOptions): Result<number, string> {
  if (expected !== undefined && required !== undefined && expected !== required) {
    return err('--expected and --required are two names of one number; give one of them.');
  }
  return wholeOf('--expected', expected ?? required ?? '', MOST_AGENTS);
}

function readThreshold(text: string | undefined): Result<number | null, string> {
  if (text === undefined) return ok(null);
  const threshold = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  return threshold >= 0 && threshold <= 1
    ? ok(threshold)
    : err(`--threshold is ${JSON.stringify(text.slice(0, 40))}; it takes a number from 0 to 1.`);
}

type Results = ReadonlyMap<string, string>;

async function waitForAll(
  client: StoreCommands,
  request: Request,
): Promise<Result<Results, CoordinationError>> {
  const end = performance.now() + request.timeoutSeconds * 1000;
  for (;;) {
    const results = await completed(client, request);
    if (!results.ok || results.value.size >= request.expected || performance.now() >= end) return results;
    await sleep(Math.min(POLL_MS, Math.max(1, end - performance.now())));
  }
}

/** Each agent once: an agent that announces itself twice is still one. */
async function completed(
  client: StoreCommands,
  request: Request,
): Promise<Result<Results, CoordinationError>> {
  const { taskId, iteration } = request;
  if (iteration === null) {
    const list = await client.command(['LRANGE', keys.complete(taskId).name, '0', '-1']);
    return list.ok ? ok(completionsOf(texts(list.value))) : list;
  }
  const pairs = await client.command(['HGETALL', keys.completion(taskId, iteration).name]);
  if (!pairs.ok) return pairs;
  const words = texts(pairs.value);
  const results = new Map<string, string>();
  for (let at = 0; at + 1 < words.length; at += 2) results.set(words[at] ?? '', words[at + 1] ?? '');
  return ok(results);
}

const texts = (value: RespValue): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

interface Summary {
  readonly taskId: string;
  readonly expected: number;
  readonly completed: number;
  readonly confidence: number;
  readonly threshold: number | null;
  /** `null` without a threshold. */
  readonly consensus: boolean | null;
  readonly agents: readonly {
    readonly agentId: string;
    readonly result: string;
    readonly confidence: number;
    /** True when the agent left no number between 0 and 1; it counts as 0. */
    readonly defaulted: boolean;
  }[];
}

async function summarise(
  client: StoreCommands,
  request: Request,
  results: Results,
): Promise<Result<Summary, CoordinationError>> {
  const { taskId, expected, threshold } = request;
  const agents: Summary['agents'][number][] = [];
  for (const [agentId, result] of results) {
    const newest = await client.command(['LINDEX', keys.confidence(taskId, agentId).name, '0']);
    if (!newest.ok) return newest;
    const given =
      typeof newest.value === 'string' && newest.value.trim() !== '' ? Number(newest.value) : Number.NaN;
    const valid = given >= 0 && given <= 1;
    agents.push({ agentId, result, confidence: valid ? given : 0, defaulted: !valid });
  }
  const sum = agents.reduce((total, agent) => total + agent.confidence, 0);
  // Sums of decimal fractions carry an error far below any score's own digits.
  const confidence = Math.round((sum / agents.length) * 1e9) / 1e9;
  const consensus = threshold === null ? null : confidence >= threshold;
  return ok({ taskId, expected, completed: agents.length, confidence, threshold, consensus, agents });
}

import { collectConsensus, type CollectRequest } from '../../app/coordination/collect.ts';
import { systemClock } from '../../base/clock.ts';
import { err, ok, type Result } from '../../base/result.ts';
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
const MOST_AGENTS = 1000;

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
    const collected = await collectConsensus(client, request.value, systemClock);
    if (!collected.ok) return collected;
    const { summary, missing } = collected.value;
    if (missing > 0) {
      const { expected } = request.value;
      io.stderr.write(
        `[ERROR] Timeout waiting for agent completion (${expected - missing} of ${expected})\n`,
      );
      return ok(FAILED);
    }
    io.stdout.write(`${JSON.stringify(summary)}\n`);
    return summary.consensus === false ? ok(FAILED) : done;
  });
}

function readRequest(taskId: string, options: CollectOptions): Result<CollectRequest, string> {
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
    timeoutMs: timeout.value * 1000,
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

import { ok } from '../../base/result.ts';
import { checkSegment, keys, ttlOf } from '../../protocol/keys.ts';
import { parseArguments } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { refuse } from '../io.ts';
import {
  agentIdOf,
  done,
  runDeadline,
  secondsOf,
  storeCommand,
  taskIdOf,
  transact,
  withStore,
  type StoreOptions,
} from './store-verb.ts';

interface SignalOptions extends StoreOptions {
  readonly channel?: string;
  readonly payload?: string;
  readonly timeout?: string;
  readonly value?: string;
}

const WAIT_SECONDS = 300;
/** What a wait gives when its time is over and no other default was named. */
const DEFAULT_VALUE = 'default_value';

/** `cfn signal send|wait`: channels are lists, so a signal that comes first waits for its reader. */
export async function runSignal(argv: readonly string[], context: CliContext): Promise<number> {
  const { io } = context;
  const command = storeCommand('signal', 'Send a signal on a channel of the task, or wait for one.')
    .argument('<action>', 'send or wait')
    .option('--channel <name>', "name of the channel (default: the agent's own, its id)")
    .option('--payload <text>', 'what to send')
    .option('--timeout <seconds>', `how long to wait (default: ${WAIT_SECONDS})`)
    .option('--value <text>', `what a wait gives when its time is over (default: ${DEFAULT_VALUE})`);
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const options = command.opts<SignalOptions>();
  const [action] = command.args;
  if (action !== 'send' && action !== 'wait') return refuse(io, '[ERROR] cfn signal takes send or wait.');
  const taskId = taskIdOf(io, options);
  if (typeof taskId === 'number') return taskId;
  const agentId = agentIdOf(io, options);
  if (typeof agentId === 'number') return agentId;
  const channel = checkSegment('--channel', options.channel ?? agentId ?? '');
  if (!channel.ok) return refuse(io, `[ERROR] ${channel.error}`);
  const request = { taskId, channel: channel.value, options };
  return action === 'send' ? send(context, request) : wait(context, request);
}

interface Request {
  readonly taskId: string;
  readonly channel: string;
  readonly options: SignalOptions;
}

function send(context: CliContext, { taskId, channel, options }: Request): Promise<number> | number {
  const { io } = context;
  const key = keys.signal(taskId, channel);
  const ttl = ttlOf(key, { deadlineSeconds: runDeadline(io) });
  if (!ttl.ok) return refuse(io, `[ERROR] ${ttl.error}`);
  return withStore(context, options, async (client) => {
    const sent = await transact(client, [
      ['LPUSH', key.name, options.payload ?? ''],
      ['EXPIRE', key.name, String(ttl.value)],
    ]);
    if (!sent.ok) return sent;
    io.stdout.write(`[INFO] Signal sent on ${channel}\n`);
    return done;
  });
}

/** Takes the oldest signal first. */
function wait(context: CliContext, { taskId, channel, options }: Request): Promise<number> | number {
  const { io } = context;
  const timeout = secondsOf('--timeout', options.timeout, WAIT_SECONDS);
  if (!timeout.ok) return refuse(io, `[ERROR] ${timeout.error}`);
  const key = keys.signal(taskId, channel);
  return withStore(context, options, async (client) => {
    const seconds = Math.max(timeout.value, 0.001).toFixed(3);
    const reply = await client.command(['BRPOP', key.name, seconds], {
      deadlineMs: timeout.value * 1000 + 5000,
    });
    if (!reply.ok) return reply;
    if (Array.isArray(reply.value)) {
      io.stdout.write(`${String(reply.value[1])}\n`);
      return done;
    }
    io.stderr.write(`[WARNING] Timeout waiting for ${key.name}, using default\n`);
    io.stdout.write(`${options.value ?? DEFAULT_VALUE}\n`);
    return ok(0);
  });
}

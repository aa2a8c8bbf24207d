import { completionPosts } from '../../app/coordination/post.ts';
import { checkSegment, keys } from '../../protocol/keys.ts';
import { parseArguments } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { refuse } from '../io.ts';
import { DEFAULT_VALUE, sendPosts, waitFor, type MessageOptions } from './message-verb.ts';
import { agentIdOf, storeCommand, taskIdOf } from './store-verb.ts';

interface SignalOptions extends MessageOptions {
  readonly channel?: string;
  readonly result?: string;
}

const WAIT_SECONDS = 300;

/** `cfn signal send|wait`: channels are lists, so a signal that comes first waits for its reader. */
export async function runSignal(argv: readonly string[], context: CliContext): Promise<number> {
  const { io } = context;
  const command = storeCommand('signal', 'Send a signal on a channel of the task, or wait for one.')
    .argument('<action>', 'send, wait or complete: the agent is done')
    .option('--channel <name>', "name of the channel (default: the agent's own, its id)")
    .option('--payload <text>', 'what to send')
    .option('--result <word>', 'how the agent that completes ended (default: success)')
    .option('--timeout <seconds>', `how long to wait (default: ${WAIT_SECONDS})`)
    .option('--value <text>', `what a wait gives when its time is over (default: ${DEFAULT_VALUE})`);
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const options = command.opts<SignalOptions>();
  const [action] = command.args;
  if (action !== 'send' && action !== 'wait' && action !== 'complete') {
    return refuse(io, '[ERROR] cfn signal takes send, wait or complete.');
  }
  const taskId = taskIdOf(io, options);
  if (typeof taskId === 'number') return taskId;
  const agentId = agentIdOf(io, options);
  if (typeof agentId === 'number') return agentId;
  if (action === 'complete') return complete(context, { taskId, agentId, options });
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

interface Completing {
  readonly taskId: string;
  readonly agentId: string | null;
  readonly options: SignalOptions;
}

function complete(context: CliContext, { taskId, agentId, options }: Completing): Promise<number> | number {
  const { io } = context;
  if (agentId === null) return refuse(io, '[ERROR] --agent-id is missing; it takes the agent that is done.');
  const result = checkSegment('--result', options.result ?? 'success');
  if (!result.ok) return refuse(io, `[ERROR] ${result.error}`);
  const payload = options.payload === undefined || options.payload === '' ? null : options.payload;
  return sendPosts(context, options, {
    posts: completionPosts(taskId, { agentId, result: result.value, payload }),
    said: `${agentId} completed: ${result.value}`,
  });
}

function send(context: CliContext, { taskId, channel, options }: Request): Promise<number> | number {
  return sendPosts(context, options, {
    posts: [{ key: keys.signal(taskId, channel), text: options.payload ?? '' }],
    said: `Signal sent on ${channel}`,
  });
}

/** Takes the oldest signal first. */
function wait(context: CliContext, { taskId, channel, options }: Request): Promise<number> | number {
  return waitFor(context, options, { key: keys.signal(taskId, channel), seconds: WAIT_SECONDS });
}

import {
  broadcastPosts,
  chainPosts,
  handOffPosts,
  meshPosts,
  startPosts,
  votePosts,
  voteOf,
} from '../../app/coordination/post.ts';
import type { Command } from 'commander';
import { checkId } from '../../base/ids.ts';
import { keys } from '../../protocol/keys.ts';
import { collect, parseArguments } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { refuse, type CliIo } from '../io.ts';
import { DEFAULT_VALUE, ownAgentId, sendPosts, waitFor, type MessageOptions } from './message-verb.ts';
import { FAILED, storeCommand, taskIdOf } from './store-verb.ts';

/** How long one agent waits for another. */
const WAIT_SECONDS = 60;
const MOST_RECEIVERS = 1000;

interface ChannelOptions extends MessageOptions {
  readonly from?: string;
  readonly to?: readonly string[];
  readonly decision?: string;
  readonly confidence?: string;
}

interface Call {
  readonly context: CliContext;
  readonly io: CliIo;
  readonly taskId: string;
  readonly options: ChannelOptions;
}

type Action = (call: Call) => Promise<number> | number;

/** Parses, checks the task and the action, and hands over. */
function channelVerb(
  command: Command,
  actions: Readonly<Record<string, Action>>,
): (argv: readonly string[], context: CliContext) => Promise<number> {
  const names = Object.keys(actions);
  command.argument('<action>', names.join(', '));
  return async (argv, context) => {
    const { io } = context;
    const exit = parseArguments(command, argv, io);
    if (exit !== null) return exit;
    const action = new Map(Object.entries(actions)).get(command.args[0] ?? '');
    if (!action) return refuse(io, `[ERROR] ${command.name()} takes ${names.join(' or ')}.`);
    const options = command.opts<ChannelOptions>();
    const taskId = taskIdOf(io, options);
    if (typeof taskId === 'number') return taskId;
    return action({ context, io, taskId, options });
  };
}

const withPayload = (command: Command): Command =>
  command
    .option('--payload <text>', 'what to send')
    .option('--ttl <seconds>', 'how long it is kept (default: 24 hours)')
    .option('--timeout <seconds>', `how long to wait (default: ${WAIT_SECONDS})`)
    .option('--value <text>', `what a wait gives when its time is over (default: ${DEFAULT_VALUE})`);

/** Another agent, named by a flag. A number is the exit code to end with. */
function otherAgent(io: CliIo, field: string, given: string | undefined): string | number {
  if (given === undefined || given === '') {
    return refuse(io, `[ERROR] ${field} is missing; it takes the id of an agent.`);
  }
  if (checkId(field, given).ok) return given;
  io.stderr.write('[ERROR] Invalid agent ID format\n');
  return FAILED;
}

/** `cfn chain send|wait`: one agent after the other. */
export const runChain = (argv: readonly string[], context: CliContext): Promise<number> =>
  channelVerb(
    withPayload(storeCommand('chain', 'Tell the next agent that this one is done, or wait for it.')).option(
      '--from <agent>',
      'the agent to wait for',
    ),
    {
      send: (call) => {
        const agentId = ownAgentId(call.io, call.options);
        if (typeof agentId === 'number') return agentId;
        const posts = chainPosts(call.taskId, agentId, call.options.payload ?? '');
        return sendPosts(call.context, call.options, {
          posts,
          said: `${agentId} is done, the chain goes on`,
        });
      },
      wait: (call) => {
        const from = otherAgent(call.io, '--from', call.options.from);
        if (typeof from === 'number') return from;
        const key = keys.chain(call.taskId, from);
        return waitFor(call.context, call.options, { key, seconds: WAIT_SECONDS });
      },
    },
  )(argv, context);

/** Ids separated by blanks or commas, as a shell's variable holds them. */
function receiversOf({ io, options }: Call): readonly string[] | number {
  const ids = (options.to ?? []).flatMap((text) => text.split(/[\s,]+/)).filter((id) => id !== '');
  if (ids.length === 0 || ids.length > MOST_RECEIVERS) {
    return refuse(io, `[ERROR] --to has ${ids.length} agents; it takes 1 to ${MOST_RECEIVERS} ids.`);
  }
  const wrong = ids.map((id) => otherAgent(io, '--to', id)).find((id) => typeof id === 'number');
  return typeof wrong === 'number' ? wrong : ids;
}

/** `cfn broadcast send|wait`: one to many, each with a list of its own. */
export const runBroadcast = (argv: readonly string[], context: CliContext): Promise<number> =>
  channelVerb(
    withPayload(storeCommand('broadcast', 'Send one text to many agents, or wait for one.')).option(
      '--to <agents>',
      'ids separated by blanks or commas; may be given several times',
      collect,
    ),
    {
      send: (call) => {
        const receivers = receiversOf(call);
        if (typeof receivers === 'number') return receivers;
        const posts = broadcastPosts(call.taskId, receivers, call.options.payload ?? '');
        return sendPosts(call.context, call.options, { posts, said: `Broadcast to ${posts.length} agents` });
      },
      wait: (call) => {
        const agentId = ownAgentId(call.io, call.options);
        if (typeof agentId === 'number') return agentId;
        const key = keys.broadcast(call.taskId, agentId);
        return waitFor(call.context, call.options, { key, seconds: WAIT_SECONDS });
      },
    },
  )(argv, context);

/** `cfn mesh send|wait`: from any agent to any other. */
export const runMesh = (argv: readonly string[], context: CliContext): Promise<number> =>
  channelVerb(
    withPayload(storeCommand('mesh', 'Send a text to another agent, or wait for one of it.'))
      .option('--to <agent>', 'the agent to send to')
      .option('--from <agent>', 'the agent to wait for'),
    {
      send: (call) => {
        const from = ownAgentId(call.io, call.options);
        if (typeof from === 'number') return from;
        const to = otherAgent(call.io, '--to', call.options.to?.toString());
        if (typeof to === 'number') return to;
        const posts = meshPosts(call.taskId, { from, to }, call.options.payload ?? '');
        return sendPosts(call.context, call.options, { posts, said: `Sent from ${from} to ${to}` });
      },
      wait: (call) => {
        const to = ownAgentId(call.io, call.options);
        if (typeof to === 'number') return to;
        const from = otherAgent(call.io, '--from', call.options.from);
        if (typeof from === 'number') return from;
        const key = keys.mesh(call.taskId, from, to);
        return waitFor(call.context, call.options, { key, seconds: WAIT_SECONDS });
      },
    },
  )(argv, context);

/** `cfn handoff complete|start|wait`: from the implementers to the validators. */
export const runHandoff = (argv: readonly string[], context: CliContext): Promise<number> =>
  channelVerb(
    withPayload(
      storeCommand(
        'handoff',
        'Say that this implementer is done, start the validators, or wait for the start.',
      ),
    ),
    {
      complete: (call) => {
        const agentId = ownAgentId(call.io, call.options);
        if (typeof agentId === 'number') return agentId;
        const posts = handOffPosts(call.taskId, agentId);
        return sendPosts(call.context, call.options, { posts, said: `${agentId} handed over` });
      },
      start: (call) => {
        const posts = startPosts(call.taskId, call.options.payload ?? '');
        return sendPosts(call.context, call.options, { posts, said: 'Validators may start' });
      },
      wait: (call) =>
        waitFor(call.context, call.options, { key: keys.validateStart(call.taskId), seconds: WAIT_SECONDS }),
    },
  )(argv, context);

/** `cfn vote store`: a decision and its confidence; both keys are there whatever was given. */
export const runVote = (argv: readonly string[], context: CliContext): Promise<number> =>
  channelVerb(
    storeCommand('vote', 'Store a decision and how sure the agent is.')
      .option('--decision <word>', 'PROCEED, ITERATE or ABORT (default, and for anything else: ABORT)')
      .option('--confidence <number>', '0 to 1 (default, and for anything else: 0.0)')
      .option('--ttl <seconds>', 'how long it is kept (default: 24 hours)'),
    {
      store: (call) => {
        const agentId = ownAgentId(call.io, call.options);
        if (typeof agentId === 'number') return agentId;
        const vote = voteOf(call.options.decision, call.options.confidence);
        if (vote.defaulted.length > 0) {
          call.io.stderr.write(
            `[WARNING] No valid ${vote.defaulted.join(' and ')}, using the safe default\n`,
          );
        }
        return sendPosts(call.context, call.options, {
          posts: votePosts(call.taskId, agentId, vote),
          said: `Stored ${vote.decision} to Redis (confidence: ${vote.confidence})`,
        });
      },
    },
  )(argv, context);

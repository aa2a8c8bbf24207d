import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ok } from '../../base/result.ts';
import { checkResource, keys, ttlOf } from '../../protocol/keys.ts';
import { parseArguments } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { refuse, type CliIo } from '../io.ts';
import {
  agentIdOf,
  done,
  FAILED,
  runDeadline,
  secondsOf,
  storeCommand,
  taskIdOf,
  wholeOf,
  withStore,
  type StoreOptions,
} from './store-verb.ts';

interface LockOptions extends StoreOptions {
  readonly key?: string;
  readonly value?: string;
  readonly ttl?: string;
  readonly timeout?: string;
}

const RETRY_MS = 100;

interface Request {
  readonly resource: string;
  readonly token: string;
  /** True when nobody but the caller of this one command knows the token. */
  readonly fresh: boolean;
  readonly ttlSeconds: number;
  readonly waitSeconds: number;
  readonly options: LockOptions;
}

/** `cfn lock acquire|release`: a lock that ends by itself and that only its owner releases. */
export async function runLock(argv: readonly string[], context: CliContext): Promise<number> {
  const { io } = context;
  const command = storeCommand(
    'lock',
    'Acquire or release a lock: cfn lock acquire|release [--key RESOURCE].',
  )
    .argument('<action>', 'acquire or release')
    .option('--key <resource>', 'what is locked (default: the task id)')
    .option('--value <token>', "the owner's token (default: the agent's own; a person gets one printed)")
    .option('--ttl <seconds>', 'how long it holds at most (default: AGENT_TIMEOUT or 300, and 30 more)')
    .option('--timeout <seconds>', 'how long to wait for a held lock (default: not at all)');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const [action] = command.args;
  if (action !== 'acquire' && action !== 'release') {
    return refuse(io, '[ERROR] cfn lock takes acquire or release.');
  }
  const request = readRequest(io, command.opts<LockOptions>());
  if (typeof request === 'number') return request;
  return action === 'acquire' ? acquire(context, request) : release(context, request);
}

function readRequest(io: CliIo, options: LockOptions): Request | number {
  const taskId = taskIdOf(io, options);
  if (typeof taskId === 'number') return taskId;
  const agentId = agentIdOf(io, options);
  if (typeof agentId === 'number') return agentId;
  const resource = checkResource('--key', options.key ?? taskId);
  if (!resource.ok) return refuse(io, `[ERROR] ${resource.error}`);
  const asked = options.ttl === undefined ? ok(undefined) : wholeOf('--ttl', options.ttl, 86_400);
  if (!asked.ok) return refuse(io, `[ERROR] ${asked.error}`);
  const ttl = ttlOf(keys.lock(resource.value), {
    ttlSeconds: asked.value,
    operationSeconds: runDeadline(io),
  });
  if (!ttl.ok) return refuse(io, `[ERROR] ${ttl.error}`);
  const wait = options.timeout === undefined ? ok(0) : secondsOf('--timeout', options.timeout, 0);
  if (!wait.ok) return refuse(io, `[ERROR] ${wait.error}`);
  const own = options.value ?? ownToken(io, taskId, agentId);
  if (own !== null && !/^[!-~]{8,128}$/.test(own)) {
    return refuse(io, '[ERROR] --value takes 8 to 128 visible characters.');
  }
  return {
    resource: resource.value,
    token: own ?? randomBytes(16).toString('hex'),
    fresh: own === null,
    ttlSeconds: Math.min(ttl.value, 86_400),
    waitSeconds: wait.value,
    options,
  };
}

/** An agent's commands are processes of their own that have to agree on one token without telling it. */
function ownToken(io: CliIo, taskId: string, agentId: string | null): string | null {
  const secret = io.env['CFN_RUN_TOKEN'] ?? io.env['CFN_NONCE'];
  if (secret === undefined || secret === '') return null;
  return createHash('sha256')
    .update(`${secret}\n${taskId}\n${agentId ?? ''}`)
    .digest('hex')
    .slice(0, 32);
}

function acquire(context: CliContext, request: Request): Promise<number> {
  const { io } = context;
  const { resource, token, ttlSeconds } = request;
  return withStore(context, request.options, async (client) => {
    const end = performance.now() + request.waitSeconds * 1000;
    for (;;) {
      const fence = await client.command(['CFN.LOCK', resource, token, String(ttlSeconds * 1000)]);
      if (!fence.ok) return fence;
      if (typeof fence.value === 'number') {
        const shown = request.fresh ? ` token=${token}` : '';
        io.stdout.write(`[INFO] Lock acquired: ${resource} fence=${fence.value} ttl=${ttlSeconds}${shown}\n`);
        return done;
      }
      if (performance.now() >= end) {
        io.stdout.write('[INFO] Task already in progress\n');
        return done;
      }
      await sleep(RETRY_MS);
    }
  });
}

function release(context: CliContext, request: Request): Promise<number> | number {
  const { io } = context;
  const { resource, token } = request;
  if (request.fresh)
    return refuse(io, '[ERROR] --value is missing; it takes the token that acquire printed.');
  return withStore(context, request.options, async (client) => {
    const released = await client.command(['CFN.UNLOCK', resource, token]);
    if (!released.ok) return released;
    if (released.value === 1) {
      io.stdout.write(`[INFO] Lock released: ${resource}\n`);
      return done;
    }
    io.stderr.write(`[WARNING] ${resource} is not locked by this owner\n`);
    return ok(FAILED);
  });
}

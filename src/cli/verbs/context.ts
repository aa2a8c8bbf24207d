import { checkSegment, keys, ttlOf } from '../../protocol/keys.ts';
import { ok } from '../../base/result.ts';
import { parseArguments } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { refuse } from '../io.ts';
import {
  done,
  FAILED,
  runDeadline,
  storeCommand,
  taskIdOf,
  wholeOf,
  withStore,
  type StoreOptions,
} from './store-verb.ts';

interface ContextOptions extends StoreOptions {
  readonly key?: string;
  readonly value?: string;
  readonly ttl?: string;
}

/** `cfn context store|get`: values that outlive the agent that wrote them. */
export async function runContext(argv: readonly string[], context: CliContext): Promise<number> {
  const { io } = context;
  const command = storeCommand(
    'context',
    'Store or get a value of the task: cfn context store|get --key NAME.',
  )
    .argument('<action>', 'store or get')
    .option('--key <name>', 'name of the value')
    .option('--value <text>', 'the value to store, usually JSON')
    .option('--ttl <seconds>', 'how long it is kept (default: 24 hours)');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const options = command.opts<ContextOptions>();
  const [action] = command.args;
  if (action !== 'store' && action !== 'get') return refuse(io, '[ERROR] cfn context takes store or get.');
  const taskId = taskIdOf(io, options);
  if (typeof taskId === 'number') return taskId;
  const name = checkSegment('--key', options.key ?? '');
  if (!name.ok) return refuse(io, `[ERROR] ${name.error}`);
  const request = { taskId, name: name.value, options };
  return action === 'store' ? store(context, request) : get(context, request);
}

interface Request {
  readonly taskId: string;
  readonly name: string;
  readonly options: ContextOptions;
}

function store(context: CliContext, { taskId, name, options }: Request): Promise<number> | number {
  const { io } = context;
  const { value } = options;
  if (value === undefined) return refuse(io, '[ERROR] --value is missing; it takes the text to store.');
  const asked = options.ttl === undefined ? ok(undefined) : wholeOf('--ttl', options.ttl, 30 * 86_400);
  if (!asked.ok) return refuse(io, `[ERROR] ${asked.error}`);
  const key = keys.context(taskId, name);
  const ttl = ttlOf(key, { ttlSeconds: asked.value, deadlineSeconds: runDeadline(io) });
  if (!ttl.ok) return refuse(io, `[ERROR] ${ttl.error}`);
  return withStore(context, options, async (client) => {
    const stored = await client.command(['SET', key.name, value, 'EX', String(ttl.value)]);
    if (!stored.ok) return stored;
    io.stdout.write(`[INFO] Stored ${key.name} for ${ttl.value} s\n`);
    return done;
  });
}

function get(context: CliContext, { taskId, name, options }: Request): Promise<number> {
  const { io } = context;
  const key = keys.context(taskId, name);
  return withStore(context, options, async (client) => {
    const found = await client.command(['GET', key.name]);
    if (!found.ok) return found;
    if (typeof found.value === 'string') {
      io.stdout.write(`${found.value}\n`);
      return done;
    }
    io.stderr.write(`[WARNING] ${key.name} is not stored\n`);
    return ok(FAILED);
  });
}

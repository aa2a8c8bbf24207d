import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { CoordinationError } from '../../ports/coordination.ts';
import type { RespValue, StoreCommands } from '../../ports/store-commands.ts';
import { checkSegment, LARGEST_CHECKPOINT_BYTES } from '../../protocol/keys.ts';
import { parseArguments } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { refuse, type CliIo } from '../io.ts';
import { table } from '../loop-table.ts';
import { readLimited } from '../read-limited.ts';
import {
  agentIdOf,
  done,
  FAILED,
  storeCommand,
  taskIdOf,
  withStore,
  wholeOf,
  type StoreOptions,
} from './store-verb.ts';

const HIGHEST_ID = 999_999_999;
/** A large payload on a slow disk. */
const SAVE_MS = 30_000;

const NOT_OURS: Result<never, CoordinationError> = err({
  kind: 'rejected',
  message: 'it does not answer as a store of ours does.',
});

interface CheckpointOptions extends StoreOptions {
  readonly key?: string;
  readonly name?: string;
  readonly payload?: string;
  readonly value?: string;
  readonly file?: string;
  readonly id?: string;
  readonly json?: boolean;
}

interface Request {
  readonly taskId: string;
  /** `null`: of a person, and when reading of anybody. */
  readonly agentId: string | null;
  readonly name: string | null;
  readonly options: CheckpointOptions;
}

/** `cfn checkpoint save|restore|list`: snapshots of an agent's own state, which outlive it and the store. */
export async function runCheckpoint(argv: readonly string[], context: CliContext): Promise<number> {
  const { io } = context;
  const command = storeCommand(
    'checkpoint',
    "Save a snapshot of an agent's own state, get one back, or list them: cfn checkpoint save|restore|list.",
  )
    .argument('<action>', 'save, restore or list')
    .option('--key <name>', 'what is saved, such as progress (default to save: checkpoint; to read: any)')
    .option('--name <name>', 'the same as --key')
    .option('--payload <json>', 'the snapshot (default: standard input)')
    .option('--value <json>', 'the same as --payload')
    .option('--file <file>', 'a file with the snapshot, or - for standard input')
    .option('--id <number>', 'which one to restore (default: the newest)')
    .option('--json', 'one JSON object a line, with id, name, agent, time and payload');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const [action = ''] = command.args;
  const act = { save, restore, list }[action];
  if (!act) return refuse(io, '[ERROR] cfn checkpoint takes save, restore or list.');
  const request = readRequest(io, command.opts<CheckpointOptions>());
  return typeof request === 'number' ? request : act(context, request);
}

function readRequest(io: CliIo, options: CheckpointOptions): Request | number {
  const taskId = taskIdOf(io, options);
  if (typeof taskId === 'number') return taskId;
  const agentId = agentIdOf(io, options);
  if (typeof agentId === 'number') return agentId;
  const given = options.key ?? options.name;
  const name = given === undefined ? ok(null) : checkSegment('--key', given);
  if (!name.ok) return refuse(io, `[ERROR] ${name.error}`);
  return { taskId, agentId, name: name.value, options };
}

async function save(context: CliContext, { taskId, agentId, name, options }: Request): Promise<number> {
  const { io } = context;
  if (options.id !== undefined)
    return refuse(io, '[ERROR] --id is for restore; save gives out the next one.');
  const payload = await payloadOf(io, options);
  if (!payload.ok) return refuse(io, `[ERROR] ${payload.error}`);
  const saved = name ?? 'checkpoint';
  return withStore(context, options, async (client) => {
    const words = ['CFN.CHECKPOINT', 'SAVE', taskId, saved, agentId ?? '', payload.value];
    const id = await client.command(words, { deadlineMs: SAVE_MS });
    if (!id.ok) return id;
    if (typeof id.value !== 'number') return NOT_OURS;
    const bytes = Buffer.byteLength(payload.value);
    io.stdout.write(
      options.json
        ? `${JSON.stringify({ type: 'CheckpointSaved', taskId, id: id.value, name: saved, agentId, bytes })}\n`
        : `[INFO] Checkpoint saved: ${saved} id=${id.value} bytes=${bytes}\n`,
    );
    return done;
  });
}

/** JSON text, as it was given. */
async function payloadOf(io: CliIo, options: CheckpointOptions): Promise<Result<string, string>> {
  const inline = options.payload ?? options.value;
  if (inline !== undefined && options.file !== undefined)
    return err('--payload and --file are both given; it takes one of them.');
  const text = inline === undefined ? await readPayload(io, options.file ?? '-') : ok(inline);
  if (!text.ok) return text;
  const trimmed = text.value.replace(/^\uFEFF/, '').trim();
  const bytes = Buffer.byteLength(trimmed);
  if (bytes > LARGEST_CHECKPOINT_BYTES) return tooLarge(String(bytes));
  try {
    JSON.parse(trimmed);
    return ok(trimmed);
  } catch (error) {
    return err(
      `--payload is no JSON (${error instanceof Error ? error.message : String(error)}); quote it whole.`,
    );
  }
}

const tooLarge = (bytes: string) =>
  err(`--payload has ${bytes} bytes; it takes JSON of at most ${LARGEST_CHECKPOINT_BYTES} bytes.`);

async function readPayload(io: CliIo, file: string): Promise<Result<string, string>> {
  if (file === '-' && io.stdin.isTTY) return err('--payload is missing; it takes JSON.');
  try {
    if (file !== '-') return ok(await readFile(resolve(io.cwd, file), 'utf8'));
    const read = await readLimited(io.stdin, LARGEST_CHECKPOINT_BYTES);
    return read.ok ? read : tooLarge('more');
  } catch (error) {
    return err(`--file can not be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

interface Found {
  readonly id: number;
  readonly name: string;
  readonly agentId: string | null;
  readonly at: string;
  readonly bytes: number;
}

function foundOf(reply: RespValue): Found | null {
  if (!Array.isArray(reply)) return null;
  const [id, name, agentId, at, bytes] = reply as readonly RespValue[];
  if (typeof id !== 'number' || typeof name !== 'string' || typeof at !== 'number') return null;
  return {
    id,
    name,
    agentId: typeof agentId === 'string' && agentId !== '' ? agentId : null,
    at: new Date(at).toISOString(),
    bytes: Number(bytes),
  };
}

function filters({ name, agentId, options }: Request): Result<readonly string[], string> {
  const id = options.id === undefined ? ok(null) : wholeOf('--id', options.id, HIGHEST_ID);
  if (!id.ok) return id;
  return ok([
    ...(name === null ? [] : ['NAME', name]),
    // An id names one of the task, whoever saved it.
    ...(id.value !== null ? ['ID', String(id.value)] : agentId === null ? [] : ['AGENT', agentId]),
  ]);
}

function query(
  context: CliContext,
  request: Request,
  command: {
    readonly sub: 'GET' | 'LIST';
    readonly use: (reply: RespValue) => Result<number, CoordinationError>;
  },
): Promise<number> | number {
  const words = filters(request);
  if (!words.ok) return refuse(context.io, `[ERROR] ${words.error}`);
  return withStore(context, request.options, async (client: StoreCommands) => {
    const args = ['CFN.CHECKPOINT', command.sub, request.taskId, ...words.value];
    const reply = await client.command(args, { deadlineMs: SAVE_MS });
    return reply.ok ? command.use(reply.value) : reply;
  });
}

function restore(context: CliContext, request: Request): Promise<number> | number {
  const { io } = context;
  const use = (reply: RespValue): Result<number, CoordinationError> => {
    const found = foundOf(reply);
    const payload: unknown = Array.isArray(reply) ? reply[5] : null;
    if (!found || typeof payload !== 'string') {
      io.stderr.write(`[WARNING] There is no such checkpoint of ${request.taskId}\n`);
      return ok(FAILED);
    }
    // The snapshot is put in as it is: parsing it would change its numbers.
    const head = JSON.stringify({ type: 'Checkpoint', taskId: request.taskId, ...found }).slice(0, -1);
    io.stdout.write(request.options.json ? `${head},"payload":${oneLine(payload)}}\n` : `${payload}\n`);
    return done;
  };
  return query(context, request, { sub: 'GET', use });
}

/** Line breaks in JSON stand between its words only, so they may be blanks. */
const oneLine = (json: string): string => json.replaceAll(/[\r\n]+/g, ' ');

function list(context: CliContext, request: Request): Promise<number> | number {
  const { io } = context;
  const { taskId, options } = request;
  const use = (reply: RespValue): Result<number, CoordinationError> => {
    const found = (Array.isArray(reply) ? reply : []).map(foundOf).filter((one) => one !== null);
    const lines = options.json
      ? found.map((one) => JSON.stringify({ type: 'Checkpoint', taskId, ...one }))
      : found.length === 0
        ? [`No checkpoint of ${taskId} was saved.`]
        : table(
            found.map(({ id, name, agentId, at, bytes }) => [
              String(id),
              name,
              agentId ?? '',
              at,
              `${bytes} B`,
            ]),
            io.stdout.columns ?? 160,
          );
    io.stdout.write(lines.map((line) => `${line}\n`).join(''));
    return done;
  };
  return query(context, request, { sub: 'LIST', use });
}

import { checkId } from '../../../base/ids.ts';
import { err, ok, type Result } from '../../../base/result.ts';
import type { Checkpoint, CheckpointInfo, CheckpointQuery, Checkpoints } from '../../../ports/checkpoints.ts';
import { checkSegment, keys, LARGEST_CHECKPOINT_BYTES } from '../../../protocol/keys.ts';
import { NO_KEYS, type Command, type CommandContext } from '../command.ts';
import { parseCount } from '../numbers.ts';
import { array, bulk, error, integer, LATER, NULL, SYNTAX, type Reply } from '../reply.ts';

const toText = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
const toBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** `''` stands for nobody. */
function agentOf(word: string): Result<string | null, string> {
  return word === '' ? ok(null) : checkId('agent id', word);
}

/** `CFN.CHECKPOINT SAVE task name agent payload` */
async function save(checkpoints: Checkpoints, args: readonly string[]): Promise<Reply> {
  const [, , taskId = '', name = '', agent = '', payload = ''] = args;
  if (args.length !== 6) return SYNTAX;
  const checked = checkSegment('name', name);
  if (!checked.ok) return error(`ERR ${checked.error}`);
  const agentId = agentOf(agent);
  if (!agentId.ok) return error(`ERR ${agentId.error}`);
  const text = toText(payload);
  const wrong = payloadProblem(payload, text);
  if (wrong !== null) return error(`ERR ${wrong}`);
  const saved = await checkpoints.save({ taskId, name, agentId: agentId.value, payload: text });
  return saved.ok ? integer(saved.value.id) : error(`ERR ${saved.error}`);
}

function payloadProblem(bytes: string, text: string): string | null {
  if (bytes.length > LARGEST_CHECKPOINT_BYTES)
    return `payload has ${bytes.length} bytes; it takes at most ${LARGEST_CHECKPOINT_BYTES}.`;
  try {
    JSON.parse(text);
    // What is not UTF-8 would come back as something else.
    return toBytes(text) === bytes ? null : 'payload is no UTF-8.';
  } catch {
    return 'payload is no JSON.';
  }
}

/** `[ID id] [NAME name] [AGENT agent]` */
function queryOf(words: readonly string[]): Result<CheckpointQuery, Reply> {
  const query: { id?: number; name?: string; agentId?: string } = {};
  for (let at = 0; at < words.length; at += 2) {
    const value = words[at + 1];
    if (value === undefined) return err(SYNTAX);
    switch (words[at]?.toLowerCase()) {
      case 'id': {
        const id = parseCount(value);
        if (id === null || id < 1) return err(error('ERR id takes a whole number from 1'));
        query.id = id;
        break;
      }
      case 'name':
        query.name = value;
        break;
      case 'agent':
        query.agentId = value;
        break;
      default:
        return err(SYNTAX);
    }
  }
  return ok(query);
}

const infoReply = ({ id, name, agentId, at, bytes }: CheckpointInfo): readonly Reply[] => [
  integer(id),
  bulk(name),
  bulk(agentId ?? ''),
  integer(at),
  integer(bytes),
];
const wholeReply = (checkpoint: Checkpoint): Reply =>
  array([...infoReply(checkpoint), bulk(toBytes(checkpoint.payload))]);

async function perform(checkpoints: Checkpoints, args: readonly string[]): Promise<Reply> {
  const [, sub = '', taskId = '', ...words] = args;
  if (sub.toLowerCase() === 'save') return save(checkpoints, args);
  const query = queryOf(words);
  if (!query.ok) return query.error;
  switch (sub.toLowerCase()) {
    case 'get': {
      const found = await checkpoints.find(taskId, query.value);
      if (!found.ok) return error(`ERR ${found.error}`);
      return found.value === null ? NULL : wholeReply(found.value);
    }
    case 'list': {
      const found = await checkpoints.list(taskId, query.value);
      if (!found.ok) return error(`ERR ${found.error}`);
      return array(found.value.map((info) => array(infoReply(info))));
    }
    default:
      return error(`ERR unknown subcommand '${sub.slice(0, 40)}'; it takes SAVE, GET or LIST`);
  }
}

function run(args: readonly string[], { engine, session }: CommandContext): Reply {
  const { checkpoints } = engine;
  if (!checkpoints) return error('ERR this store keeps no checkpoints');
  const taskId = checkId('task id', args[2] ?? '');
  if (!taskId.ok) return error(`ERR ${taskId.error}`);
  session.block();
  void perform(checkpoints, args)
    .catch((problem: unknown) => error(`ERR ${problem instanceof Error ? problem.message : String(problem)}`))
    .then((reply) => session.unblock(reply));
  return LATER;
}

/** They are no keys, but whoever may reach the task's keys may reach them, and nobody else. */
export const checkpointCommand: Command = {
  name: 'cfn.checkpoint',
  arity: -3,
  keys: NO_KEYS,
  keysOf: (args) => [keys.checkpoint(args[2] ?? '').name],
  alone: true,
  run,
};

import type { RespValue } from '../../ports/store-commands.ts';
import { taskOfUser } from '../../protocol/keys.ts';
import { listOf, textOf } from './resp-words.ts';

/** A client that is blocked until a list gets an item. */
export interface Wait {
  readonly client: number;
  /** The task whose credential it uses; `null`: the orchestrator's. */
  readonly taskId: string | null;
  /** As the client calls itself; may be empty. */
  readonly name: string;
  /** `blpop` */
  readonly command: string;
  readonly keys: readonly string[];
  /** Epoch milliseconds. */
  readonly since: number;
  /** `null`: without an end. */
  readonly until: number | null;
}

/** What `CFN.WAITS` answered, longest wait first. */
export function waitsOf(reply: RespValue, now: number): readonly Wait[] {
  return listOf(reply)
    .map((row) => waitOf(listOf(row), now))
    .sort(longestFirst);
}

function waitOf(row: readonly RespValue[], now: number): Wait {
  const [client, user, name, command, waited, left, ...keys] = row;
  const until = Number(left) < 0 ? null : now + Number(left);
  return {
    client: Number(client),
    taskId: taskOfUser(textOf(user)),
    name: textOf(name),
    command: textOf(command),
    keys: sourcesOf(textOf(command), keys.map(textOf)),
    since: now - Number(waited),
    until,
  };
}

/** Of a move only the list that is waited for; the other one is where the item goes. */
const sourcesOf = (command: string, keys: readonly string[]): readonly string[] =>
  command === 'blmove' || command === 'brpoplpush' ? keys.slice(0, 1) : keys;

const longestFirst = (one: Wait, other: Wait): number => one.since - other.since || one.client - other.client;

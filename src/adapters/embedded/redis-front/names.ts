import type { User } from '../users.ts';

export interface Names {
  /** Where a key of ours lies on the server. */
  readonly key: (name: string) => string;
  /** Our name of a key of the server, `null` when it is none of ours. */
  readonly ours: (key: string) => string | null;
  /** A pattern for the keys on the server that a user's pattern may mean; `ours` and the pattern itself still decide. */
  readonly pattern: (user: User, pattern: string) => string;
  /** What all keys of ours begin with on the server, and no others. */
  readonly head: string;
  readonly channel: (name: string) => string;
  readonly oursOfChannel: (channel: string) => string;
  readonly marker: (number: number) => string;
}

/**
 * `cfn:{<namespace>:<task>}:<key>`: nobody else's keys are met on a shared server, and all keys of a task lie in
 * one slot of a cluster, so that commands and transactions over several of them work as they do elsewhere. The task
 * is a key's second segment, which no `:` stands in.
 */
export function createNames(namespace: string): Names {
  const head = `cfn:{${namespace}:`;
  const channelHead = `cfn:${namespace}:`;
  const key = (name: string): string => `${head}${segmentOf(name)}}:${name}`;
  return {
    key,
    head,
    ours(found) {
      if (!found.startsWith(head)) return null;
      const end = found.indexOf('}:', head.length);
      const name = end < 0 ? '' : found.slice(end + 2);
      return key(name) === found ? name : null;
    },
    pattern: (user, pattern) => `${head}${user.kind === 'task' ? user.taskId : '*'}}:${pattern}`,
    channel: (name) => channelHead + name,
    oursOfChannel: (channel) => channel.slice(channelHead.length),
    marker: (number) => `${head}#${number}}:generation`,
  };
}

function segmentOf(name: string): string {
  const first = name.indexOf(':');
  if (first < 0) return '';
  const second = name.indexOf(':', first + 1);
  return name.slice(first + 1, second < 0 ? undefined : second);
}

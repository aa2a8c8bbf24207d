import { randomBytes } from 'node:crypto';
import { deliver, type Post } from '../../app/coordination/post.ts';
import { take } from '../../app/coordination/take.ts';
import { ok } from '../../base/result.ts';
import { ttlOf, type CoordinationKey } from '../../protocol/keys.ts';
import type { CliContext } from '../context.ts';
import { refuse, type CliIo, type CliOutput } from '../io.ts';
import {
  agentIdOf,
  done,
  FAILED,
  runDeadline,
  secondsOf,
  withStore,
  wholeOf,
  type StoreOptions,
} from './store-verb.ts';

/** What a wait gives when its time is over and no other default was named. */
export const DEFAULT_VALUE = 'default_value';
const LONGEST_TTL_SECONDS = 30 * 86_400;

export interface MessageOptions extends StoreOptions {
  readonly payload?: string;
  readonly timeout?: string;
  readonly value?: string;
  readonly ttl?: string;
}

/** The agent that a verb cannot do without. A number is the exit code to end with. */
export function ownAgentId(io: CliIo, options: StoreOptions): string | number {
  const agentId = agentIdOf(io, options);
  return agentId ?? refuse(io, '[ERROR] --agent-id is missing; it takes the id of the agent.');
}

interface Sending {
  readonly posts: readonly Post[];
  /** Told once they are sent. */
  readonly said: string;
}

export function sendPosts(
  context: CliContext,
  options: MessageOptions,
  { posts, said }: Sending,
): Promise<number> | number {
  const { io } = context;
  const ttl = ttlFor(io, options, posts[0]?.key);
  if (typeof ttl === 'string') return refuse(io, `[ERROR] ${ttl}`);
  return withStore(context, options, async (client) => {
    const sent = await deliver(client, posts, ttl);
    if (!sent.ok) return sent;
    io.stdout.write(`[INFO] ${said}\n`);
    return done;
  });
}

/** A text says what is wrong. */
function ttlFor(io: CliIo, options: MessageOptions, key: CoordinationKey | undefined): number | string {
  if (key === undefined) return 'there is nobody to send to.';
  const asked =
    options.ttl === undefined ? ok(undefined) : wholeOf('--ttl', options.ttl, LONGEST_TTL_SECONDS);
  if (!asked.ok) return asked.error;
  const ttl = ttlOf(key, { ttlSeconds: asked.value, deadlineSeconds: runDeadline(io) });
  return ttl.ok ? ttl.value : ttl.error;
}

interface Waiting {
  readonly key: CoordinationKey;
  /** Unless `--timeout` says otherwise. */
  readonly seconds: number;
}

/** Prints the oldest message, or the default when none came in time. */
export function waitFor(
  context: CliContext,
  options: MessageOptions,
  { key, seconds }: Waiting,
): Promise<number> | number {
  const { io } = context;
  const timeout = secondsOf('--timeout', options.timeout, seconds);
  if (!timeout.ok) return refuse(io, `[ERROR] ${timeout.error}`);
  const ttl = ttlFor(io, {}, key);
  if (typeof ttl === 'string') return refuse(io, `[ERROR] ${ttl}`);
  return withStore(context, options, async (client) => {
    const taken = await take(client, {
      list: key,
      ttlSeconds: ttl,
      timeoutMs: timeout.value * 1000,
      taker: randomBytes(8).toString('hex'),
      now: () => performance.now(),
      // A command that is ended drops its connection; what it held comes back by its lease.
      signal: new AbortController().signal,
    });
    if (!taken.ok) return taken;
    if (taken.value === null) {
      io.stderr.write(`[WARNING] Timeout waiting for ${key.name}, using default\n`);
      io.stdout.write(`${options.value ?? DEFAULT_VALUE}\n`);
      return done;
    }
    // Acknowledged only once it was handed over: a reader that went away loses nothing.
    if (!(await written(io.stdout, `${taken.value.text}\n`))) return ok(FAILED);
    const acknowledged = await taken.value.acknowledge();
    return acknowledged.ok ? done : acknowledged;
  });
}

function written(stream: CliOutput, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    stream.write(text, (error) => resolve(!error));
  });
}

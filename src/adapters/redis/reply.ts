import { ok, err } from '../../base/result.ts';
import type { Answer, NoReply, ServerReply, Words } from '../../ports/redis-server.ts';

/** ioredis gives integers as their digits, other text as bytes. */
export function toReply(value: unknown): ServerReply {
  if (value === null || value === undefined) return { kind: 'nothing' };
  if (Buffer.isBuffer(value)) return { kind: 'text', text: value.toString('latin1') };
  if (Array.isArray(value)) return { kind: 'list', items: value.map(toReply) };
  if (value instanceof Error) return { kind: 'refused', message: value.message };
  if (typeof value === 'string' || typeof value === 'number')
    return { kind: 'integer', digits: String(value) };
  throw new Error(`a reply of an unknown kind: ${typeof value}`);
}

export const bytesOf = (words: Words): Buffer[] => words.map((word) => Buffer.from(word, 'latin1'));

/** Redirections that ioredis did not follow, and a cluster that has lost a part: nothing that a client asked wrong. */
const NOT_SERVING = /^(?:MOVED|ASK|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|LOADING|READONLY|NOREPLICAS) ?/;

/** A refusal by the server is an answer; everything else is none. */
export function toAnswer(error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error);
  if (!isRefusal(error) || NOT_SERVING.test(message)) return err(unavailable(message));
  return ok({ kind: 'refused', message });
}

const isRefusal = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError';

export const unavailable = (message: string): NoReply => ({ kind: 'unavailable', message });

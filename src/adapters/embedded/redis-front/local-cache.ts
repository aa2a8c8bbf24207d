import type { ServerReply, Words } from '../../../ports/redis-server.ts';
import { isCacheKey } from '../../../protocol/keys.ts';
import { keysOfCommand, type Command, type Session } from '../command.ts';
import type { RunningEngine } from '../engine.ts';
import type { Reply } from '../reply.ts';
import { shapeOf, toClient } from './replies.ts';

const MOST_BYTES = 32 * 1024 * 1024;
const WHOLE_WRITES = new Set(['set', 'setex', 'psetex']);
const SET_CONDITIONS = new Set(['NX', 'XX', 'GET', 'KEEPTTL']);
const READS = new Set(['get', 'mget', 'exists', 'strlen', 'ttl', 'pttl', 'type']);

export interface LocalCache {
  /** A command was carried out by the server. */
  carriedOut(command: Command, args: readonly string[], session: Session): void;
  /** Answers a read of caches while the server does not serve; `null` when it is no such read or nothing is known. */
  read(command: Command, args: readonly string[], session: Session): Promise<Reply | null>;
}

export interface LocalCacheOptions {
  /** Its keys are the cache. */
  readonly engine: RunningEngine;
  readonly serverKey: (name: string) => string;
  readonly readFallback: (words: Words) => Promise<ServerReply | null>;
}

/** Contexts and cached results that went through this front, for the time in which the server does not serve. */
export function createLocalCache({ engine, serverKey, readFallback }: LocalCacheOptions): LocalCache {
  const { keyspace } = engine;
  return {
    carriedOut(command, args, session) {
      if (!command.write) return;
      const keys = keysOfCommand(command, args).filter(isCacheKey);
      if (keys.length === 0) return;
      if (keyspace.used > MOST_BYTES) keyspace.clear();
      const conditional = args.slice(3).some((word) => SET_CONDITIONS.has(word.toUpperCase()));
      if (WHOLE_WRITES.has(command.name) && !conditional) engine.execute(session, args);
      // What is not known exactly is better not known.
      else for (const key of keys) keyspace.delete(key);
    },
    async read(command, args, session) {
      const keys = keysOfCommand(command, args);
      if (!READS.has(command.name) || keys.length === 0 || !keys.every(isCacheKey)) return null;
      const words = [args[0] ?? '', ...args.slice(1).map(serverKey)];
      const elsewhere = await readFallback(words);
      if (elsewhere && elsewhere.kind !== 'refused') return toClient(elsewhere, shapeOf(command.name, args));
      return keys.every((key) => keyspace.has(key)) ? engine.execute(session, args) : null;
    },
  };
}

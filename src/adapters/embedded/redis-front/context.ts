import type { NoReply, RedisServer } from '../../../ports/redis-server.ts';
import { STORE_UNAVAILABLE } from '../../../protocol/store-file.ts';
import type { RunningEngine } from '../engine.ts';
import { error, type Reply } from '../reply.ts';
import type { LocalCache } from './local-cache.ts';
import type { Names } from './names.ts';

/** What the parts of the front share. */
export interface FrontContext {
  /** Serves what needs no server: logins, connections, channels of this front, and the local cache's values. */
  readonly engine: RunningEngine;
  readonly server: RedisServer;
  readonly names: Names;
  readonly cache: LocalCache;
  readonly log: (line: string) => void;
}

/** Begins every refusal because of a server that does not serve, so that clients can tell it from one of theirs. */
export function refusal(problem: NoReply): Reply {
  if (problem.kind === 'busy') return error(`BUSY ${problem.message}; try again later`);
  return error(`${STORE_UNAVAILABLE}Redis does not answer; try again when it is back`);
}

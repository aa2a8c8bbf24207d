/**
 * What agents tell each other: chain, broadcast, mesh, hand-over, completion and vote. Each is a few lists
 * with the seeds' names, so that `redis-cli` and these functions read each other.
 */
import { ok, type Result } from '../../base/result.ts';
import { DECISIONS, type Decision } from '../../domain/loop/model.ts';
import type { CoordinationError } from '../../ports/coordination.ts';
import type { StoreCommands } from '../../ports/store-commands.ts';
import { completionEntry, keys, type CoordinationKey } from '../../protocol/keys.ts';
import { transact } from './transact.ts';

export interface Post {
  readonly key: CoordinationKey;
  readonly text: string;
}

/** Tells the next agent of a chain that this one is done. */
export const chainPosts = (taskId: string, agentId: string, text: string): readonly Post[] => [
  { key: keys.chain(taskId, agentId), text },
];

/** The same text for many agents, each with a list of its own. */
export const broadcastPosts = (taskId: string, agentIds: readonly string[], text: string): readonly Post[] =>
  [...new Set(agentIds)].map((agentId) => ({ key: keys.broadcast(taskId, agentId), text }));

export interface MeshEnds {
  readonly from: string;
  readonly to: string;
}

/** From one agent to one other, with nobody between them. */
export const meshPosts = (taskId: string, { from, to }: MeshEnds, text: string): readonly Post[] => [
  { key: keys.mesh(taskId, from, to), text },
];

export const handOffPosts = (taskId: string, agentId: string): readonly Post[] => [
  { key: keys.implementDone(taskId), text: agentId },
];

export const startPosts = (taskId: string, text: string): readonly Post[] => [
  { key: keys.validateStart(taskId), text },
];

export interface Completed {
  readonly agentId: string;
  /** `success`, or how it ended. */
  readonly result: string;
  readonly payload: string | null;
}

export function completionPosts(taskId: string, { agentId, result, payload }: Completed): readonly Post[] {
  const posts = [{ key: keys.complete(taskId), text: completionEntry(agentId, result) }];
  return payload === null ? posts : [{ key: keys.payload(taskId, agentId), text: payload }, ...posts];
}

export interface Vote {
  readonly decision: Decision;
  /** As it is stored. */
  readonly confidence: string;
  /** Which parts were missing or wrong and carry the safe default. */
  readonly defaulted: readonly ('decision' | 'confidence')[];
}

/** A vote always has both parts: whoever waits for one of the keys gets an answer, at worst the safe one. */
export function voteOf(decision: string | undefined, confidence: string | undefined): Vote {
  const word = DECISIONS.find((one) => one === decision?.trim()) ?? null;
  const number = confidence !== undefined && /^(?:0(?:\.\d+)?|1(?:\.0+)?|\.\d+)$/.test(confidence.trim());
  return {
    decision: word ?? 'ABORT',
    confidence: number ? confidence.trim() : '0.0',
    defaulted: [...(word === null ? ['decision' as const] : []), ...(number ? [] : ['confidence' as const])],
  };
}

export const votePosts = (taskId: string, agentId: string, vote: Vote): readonly Post[] => [
  { key: keys.decision(taskId), text: vote.decision },
  { key: keys.confidence(taskId, agentId), text: vote.confidence },
];

/** All of them or none; no list without a TTL. */
export async function deliver(
  store: StoreCommands,
  posts: readonly Post[],
  ttlSeconds: number,
): Promise<Result<void, CoordinationError>> {
  const sent = await transact(
    store,
    posts.flatMap(({ key, text }) => [
      ['LPUSH', key.name, text],
      ['EXPIRE', key.name, String(ttlSeconds)],
    ]),
  );
  return sent.ok ? ok(undefined) : sent;
}

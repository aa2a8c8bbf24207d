import type { Clock } from '../../base/clock.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { CoordinationError } from '../../ports/coordination.ts';
import type { StoreCommands } from '../../ports/store-commands.ts';
import { completionsOf, keys } from '../../protocol/keys.ts';
import { texts } from './transact.ts';

const POLL_MS = 200;

export interface CollectRequest {
  readonly taskId: string;
  /** So many different agents. */
  readonly expected: number;
  /** Lowest mean confidence; `null`: none is asked for. */
  readonly threshold: number | null;
  readonly timeoutMs: number;
  /** `null`: completions of any iteration count. */
  readonly iteration: number | null;
  readonly signal?: AbortSignal;
}

export interface Collected {
  readonly summary: Summary;
  /** So many agents did not complete in time. */
  readonly missing: number;
}

/** Waits until so many different agents have completed, then tells what they said. */
export async function collectConsensus(
  client: StoreCommands,
  request: CollectRequest,
  clock: Clock,
): Promise<Result<Collected, CoordinationError>> {
  const results = await waitForAll(client, request, clock);
  if (!results.ok) return results;
  const summary = await summarise(client, request, results.value);
  if (!summary.ok) return summary;
  return ok({ summary: summary.value, missing: Math.max(0, request.expected - results.value.size) });
}

type Results = ReadonlyMap<string, string>;

async function waitForAll(
  client: StoreCommands,
  request: CollectRequest,
  clock: Clock,
): Promise<Result<Results, CoordinationError>> {
  const end = clock.now() + request.timeoutMs;
  for (;;) {
    const results = await completed(client, request);
    if (!results.ok || results.value.size >= request.expected || clock.now() >= end) return results;
    const woken = await clock.sleep(Math.min(POLL_MS, Math.max(1, end - clock.now())), request.signal).then(
      () => true,
      () => false,
    );
    if (!woken) return err({ kind: 'unavailable', message: 'cancelled' });
  }
}

/** Each agent once: an agent that announces itself twice is still one. */
async function completed(
  client: StoreCommands,
  request: CollectRequest,
): Promise<Result<Results, CoordinationError>> {
  const { taskId, iteration } = request;
  if (iteration === null) {
    const list = await client.command(['LRANGE', keys.complete(taskId).name, '0', '-1']);
    return list.ok ? ok(completionsOf(texts(list.value))) : list;
  }
  const pairs = await client.command(['HGETALL', keys.completion(taskId, iteration).name]);
  if (!pairs.ok) return pairs;
  const words = texts(pairs.value);
  const results = new Map<string, string>();
  for (let at = 0; at + 1 < words.length; at += 2) results.set(words[at] ?? '', words[at + 1] ?? '');
  return ok(results);
}

export interface Summary {
  readonly taskId: string;
  readonly expected: number;
  readonly completed: number;
  readonly confidence: number;
  readonly threshold: number | null;
  /** `null` without a threshold. */
  readonly consensus: boolean | null;
  readonly agents: readonly {
    readonly agentId: string;
    readonly result: string;
    readonly confidence: number;
    /** True when the agent left no number between 0 and 1; it counts as 0. */
    readonly defaulted: boolean;
  }[];
}

async function summarise(
  client: StoreCommands,
  request: CollectRequest,
  results: Results,
): Promise<Result<Summary, CoordinationError>> {
  const { taskId, expected, threshold } = request;
  const agents: Summary['agents'][number][] = [];
  for (const [agentId, result] of results) {
    const newest = await client.command(['LINDEX', keys.confidence(taskId, agentId).name, '0']);
    if (!newest.ok) return newest;
    const given =
      typeof newest.value === 'string' && newest.value.trim() !== '' ? Number(newest.value) : Number.NaN;
    const valid = given >= 0 && given <= 1;
    agents.push({ agentId, result, confidence: valid ? given : 0, defaulted: !valid });
  }
  const sum = agents.reduce((total, agent) => total + agent.confidence, 0);
  // Sums of decimal fractions carry an error far below any score's own digits.
  const confidence = Math.round((sum / Math.max(1, agents.length)) * 1e9) / 1e9;
  const consensus = threshold === null ? null : confidence >= threshold;
  return ok({ taskId, expected, completed: agents.length, confidence, threshold, consensus, agents });
}

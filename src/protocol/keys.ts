/**
 * Every key of the coordination store, with the class that says how long it lives. Keys are made here and
 * nowhere else, so that a writer and its reader cannot disagree about one.
 */
import { checkId } from '../base/ids.ts';
import { err, ok, type Result } from '../base/result.ts';

/** How long a key lives when its writer names no TTL of its own. */
export const TTL_SECONDS = { coordination: 86_400, events: 86_400, cache: 3600, context: 86_400 } as const;
/** Added to an operation's own timeout for the TTL of its lock. */
export const LOCK_GRACE_SECONDS = 30;
export const LONGEST_TTL_SECONDS = 30 * 86_400;
export const LARGEST_CHECKPOINT_BYTES = 4 * 1024 * 1024;

export type TtlClass = keyof typeof TTL_SECONDS | 'lock';

export interface CoordinationKey {
  /** As it stands in the store. */
  readonly name: string;
  readonly ttl: TtlClass;
}

const key = (name: string, ttl: TtlClass = 'coordination'): CoordinationKey => ({ name, ttl });

export const keys = {
  decision: (taskId: string) => key(`swarm:${taskId}:decision`),
  confidence: (taskId: string, agentId: string) => key(`swarm:${taskId}:confidence:${agentId}`),
  agentSignal: (taskId: string, agentId: string) => key(`swarm:${taskId}:signal:${agentId}`),
  agentResult: (taskId: string, agentId: string) => key(`swarm:${taskId}:result:${agentId}`),
  epicContext: (taskId: string) => key(`swarm:${taskId}:epic-context`, 'context'),
  phaseContext: (taskId: string) => key(`swarm:${taskId}:phase-context`, 'context'),
  successCriteria: (taskId: string) => key(`swarm:${taskId}:success-criteria`, 'context'),
  /** A value that agents agree on among themselves. */
  shared: (taskId: string, name: string) => key(`swarm:${taskId}:${name}`),

  chain: (taskId: string, agentId: string) => key(`chain:${taskId}:${agentId}:complete`),
  broadcast: (taskId: string, agentId: string) => key(`broadcast:${taskId}:${agentId}`),
  mesh: (taskId: string, from: string, to: string) => key(`mesh:${taskId}:${from}:${to}`),

  implementDone: (taskId: string) => key(`coord:${taskId}:loop3:complete`),
  validateStart: (taskId: string) => key(`coord:${taskId}:loop2:start`),
  coordDecision: (taskId: string) => key(`coord:${taskId}:decision`),
  /** List of `agent:result`, in the order of arrival, newest first. */
  complete: (taskId: string) => key(`coord:${taskId}:complete`),
  /** Hash agent id → result of one iteration: what counts as completed, however often it was announced. */
  completion: (taskId: string, iteration: number) => key(`coord:${taskId}:completion:${iteration}`),
  error: (taskId: string) => key(`coord:${taskId}:error`),
  /** A channel is a list; an agent's own channel carries its id. */
  signal: (taskId: string, channel: string) => key(`coord:${taskId}:signal:${channel}`),
  payload: (taskId: string, agentId: string) => key(`coord:${taskId}:payload:${agentId}`),

  context: (taskId: string, name: string) => key(`context:${taskId}:${name}`, 'context'),
  session: (taskId: string) => key(`session:${taskId}`),
  events: (taskId: string) => key(`events:${taskId}`, 'events'),
  queryCache: (hash: string) => key(`cache:query:${hash}`, 'cache'),
  cache: (name: string) => key(`cache:${name}`, 'cache'),

  assignment: (taskId: string) => key(`task:${taskId}:assignment`),
  /** The aggregate over all workers of the newest iteration. */
  output: (taskId: string) => key(`task:${taskId}:output`),
  workerOutput: (taskId: string, iteration: number, workerId: string) =>
    key(`task:${taskId}:output:${iteration}:${workerId}`),
  feedback: (taskId: string) => key(`task:${taskId}:loop2`),
  aggregation: (taskId: string) => key(`task:${taskId}:loop3`),
  final: (taskId: string) => key(`task:${taskId}:final`),
  gate: (taskId: string) => key(`gate:${taskId}`),
  reviewerHandoff: (taskId: string) => key(`handoff:${taskId}:reviewer`),
  productOwnerHandoff: (taskId: string) => key(`handoff:${taskId}:product-owner`),

  lock: (resource: string) => key(`lock:${resource}`, 'lock'),
  /** Never stored: who may reach this key may reach the task's checkpoints. */
  checkpoint: (taskId: string) => key(`checkpoint:${taskId}`),
} as const;

/** For SCAN; `ofTask` also finds the keys of tasks whose name begins alike, which `isKeyOfTask` tells apart. */
export const KEY_PATTERNS = {
  coordination: 'coord:*',
  locks: 'lock:*',
  ofTask: (taskId: string) => `*:${taskId}*`,
} as const;

export interface TakenKeys {
  /** Set of those who take messages of the list. */
  readonly takers: CoordinationKey;
  /** What one taker holds: the message, and behind it a mark that keeps the key and its TTL. */
  readonly held: (taker: string) => CoordinationKey;
  /** While it is there, the taker lives. */
  readonly lease: (taker: string) => CoordinationKey;
}

/** Where messages of a list stay between being taken and being acknowledged. */
export function takenKeys(list: CoordinationKey): TakenKeys {
  const part = (end: string): CoordinationKey => ({ name: `${list.name}:${end}`, ttl: list.ttl });
  return {
    takers: part('takers'),
    held: (taker) => part(`taken:${taker}`),
    lease: (taker) => part(`lease:${taker}`),
  };
}

/** The list that messages were taken from, by the name of the key that holds them; `null` for other keys. */
export function listOfTaken(name: string): string | null {
  const at = name.indexOf(takenKeys({ name: '', ttl: 'coordination' }).held('').name);
  return at < 0 ? null : name.slice(0, at);
}

/** `lock`, `gate` …: what stands before the first `:`; all of a name without one. */
export function spaceOf(name: string): string {
  const end = name.indexOf(':');
  return end < 0 ? name : name.slice(0, end);
}

/** Whether a list announces completions: there one counts once, however often it is announced. */
export function announcesCompletions(name: string): boolean {
  const [, taskId = ''] = name.split(':', 2);
  return name === keys.complete(taskId).name;
}

/** The copy of a key that stays when the next iteration overwrites it. */
export function ofIteration(newest: CoordinationKey, iteration: number): CoordinationKey {
  return { name: `${newest.name}:${iteration}`, ttl: newest.ttl };
}

/** A lock as people are used to see it. Two callers would get two of these, so it is never used as a key. */
export function lockAlias(resource: string, expiresAtSeconds: number): string {
  return `${keys.lock(resource).name}:${expiresAtSeconds}`;
}

/** `agent:result`, the text that announces a completion. */
export function completionEntry(agentId: string, result: string): string {
  return `${agentId}:${result}`;
}

/** The agents of a completion list, each once with its newest result. */
export function completionsOf(newestFirst: readonly string[]): ReadonlyMap<string, string> {
  const results = new Map<string, string>();
  for (const entry of newestFirst) {
    const colon = entry.indexOf(':');
    const agentId = colon < 0 ? entry : entry.slice(0, colon);
    if (!results.has(agentId)) results.set(agentId, colon < 0 ? 'success' : entry.slice(colon + 1));
  }
  return results;
}

export interface TtlRequest {
  /** As the caller asked for it; else the key's class decides. */
  readonly ttlSeconds?: number | undefined;
  /** How long the run that needs the key may still take. */
  readonly deadlineSeconds?: number | undefined;
  /** For locks: the timeout of what the lock protects. */
  readonly operationSeconds?: number | undefined;
}

/** The TTL a key is written with, in seconds; there is no key without one. */
export function ttlOf(key: CoordinationKey, request: TtlRequest = {}): Result<number, string> {
  const ttl = request.ttlSeconds ?? defaultTtl(key.ttl, request);
  if (!Number.isInteger(ttl) || ttl < 1 || ttl > LONGEST_TTL_SECONDS) {
    return err(`ttl is ${ttl}; it takes whole seconds from 1 to ${LONGEST_TTL_SECONDS}.`);
  }
  const deadline = request.deadlineSeconds;
  if (deadline !== undefined && ttl < deadline) {
    return err(`ttl is ${ttl} s, but the run may take ${deadline} s; give at least that.`);
  }
  return ok(ttl);
}

function defaultTtl(ttl: TtlClass, request: TtlRequest): number {
  const shortest = request.deadlineSeconds ?? 0;
  if (ttl === 'lock') {
    return Math.max(Math.ceil(request.operationSeconds ?? 300) + LOCK_GRACE_SECONDS, Math.ceil(shortest));
  }
  return Math.max(TTL_SECONDS[ttl], Math.ceil(shortest));
}

const SEGMENT = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;
const RESOURCE = /^[a-zA-Z0-9][a-zA-Z0-9_./@:-]{0,199}$/;

/** Names of channels and of context entries: one segment of a key. */
export function checkSegment(field: string, value: string): Result<string, string> {
  if (SEGMENT.test(value)) return ok(value);
  return err(
    `${field} is ${JSON.stringify(value.slice(0, 80))}; it takes 1 to 128 letters, digits, "_", "." or "-", starting with a letter or digit.`,
  );
}

/** Names of locked things may be paths and ports, so they may hold `/` and `:`. */
export function checkResource(field: string, value: string): Result<string, string> {
  if (RESOURCE.test(value)) return ok(value);
  return err(
    `${field} is ${JSON.stringify(value.slice(0, 80))}; it takes 1 to 200 letters, digits or "_./@:-", starting with a letter or digit.`,
  );
}

export interface KeyScope {
  readonly taskId: string;
}

/**
 * Whether a task's credential reaches a key or a channel: the second segment is its task id, letter by
 * letter. Locks have a verb of their own, and the query cache belongs to everybody whatever a task is called.
 */
export function isKeyOfTask(scope: KeyScope, name: string): boolean {
  const first = name.indexOf(':');
  if (first < 1) return false;
  const second = name.indexOf(':', first + 1);
  const owner = name.slice(first + 1, second < 0 ? undefined : second);
  if (owner !== scope.taskId) return false;
  const space = name.slice(0, first);
  return space !== 'lock' && !(space === 'cache' && owner === 'query');
}

const CACHED = /^(?:context|cache):|^swarm:[^:]+:(?:epic-context|phase-context|success-criteria)$/;

/**
 * Whether a key is a cache: contexts and query results, which whoever wrote them can write again. Only these are
 * read from elsewhere while a real Redis does not serve; locks and coordination never are.
 */
export function isCacheKey(name: string): boolean {
  return CACHED.test(name);
}

const TASK_USER = 'task-';

export function userOfTask(taskId: string): string {
  return `${TASK_USER}${taskId}`;
}

/** The task of a user name, `null` when the name is no task's. */
export function taskOfUser(user: string): string | null {
  const taskId = user.startsWith(TASK_USER) ? user.slice(TASK_USER.length) : '';
  return checkId('task id', taskId).ok ? taskId : null;
}

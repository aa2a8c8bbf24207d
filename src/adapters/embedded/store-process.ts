import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { Checkpoints } from '../../ports/checkpoints.ts';
import type { RedisServer } from '../../ports/redis-server.ts';
import { STORE_FILE, type StoreFile } from '../../protocol/store-file.ts';
import { claimFolder } from './claim.ts';
import type { Limits } from './command.ts';
import { createEngine, DEFAULT_LIMITS, type Front, type RunningEngine } from './engine.ts';
import { createNames, type Names } from './redis-front/names.ts';
import { createRedisFront } from './redis-front/redis-front.ts';
import { startRespServer } from './server.ts';
import { readStoreFile, writeStoreFile } from './store-file.ts';
import { Users } from './users.ts';

/** Credentials of the newest tasks are kept; older ones are renewed by whoever resumes the task. */
const TASKS_KEPT = 1000;
const MOST_USE_CHECK_MS = 5000;
/** Reserved in the file at each start, so that giving out a number needs no write. */
const FENCES_PER_RUN = 1_000_000_000;

export interface StoreProcessOptions {
  /** The state folder; nobody else may enter it. */
  readonly folder: string;
  /** The store ends so long after the last client that was logged in. */
  readonly idleMs: number;
  readonly limits?: Partial<Limits>;
  readonly now?: () => number;
  readonly log: (line: string) => void;
  /** A user's own Redis; without one the keys are in this process. */
  readonly redis?: ConnectRedis | null;
  /** Closed together with the store. */
  readonly checkpoints?: Checkpoints;
}

export type ConnectRedis = (options: {
  readonly markerKey: Names['marker'];
  readonly newId: () => string;
  readonly log: (line: string) => void;
}) => Promise<RedisServer>;

export interface RunningStore {
  readonly port: number;
  /** Resolves when the store has ended, by itself or by `close`. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export type StoreStartError =
  | { readonly kind: 'held' }
  | { readonly kind: 'failed'; readonly message: string };

/** Serves a state folder until nobody uses it any more. There is one such process for each folder. */
export async function startStore(
  options: StoreProcessOptions,
): Promise<Result<RunningStore, StoreStartError>> {
  const claim = await claimFolder(options.folder);
  if (!claim) return err({ kind: 'held' });
  const now = options.now ?? Date.now;
  const path = join(options.folder, STORE_FILE);
  const before = readStoreFile(path);

  // A restarted store goes on above every number that was given out, even if the clock went back.
  let fence = Math.max(before?.fence ?? 0, now() * 1024);
  let file = nextFile(before, fence);
  const save = (): void => {
    try {
      writeStoreFile(path, file);
    } catch (error) {
      options.log(`could not write ${path}: ${String(error)}`);
    }
  };

  let closing: () => Promise<void> = () => Promise.resolve();
  let finish: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const users = new Users({
    adminPassword: file.adminPassword,
    tasks: new Map(Object.entries(file.tasks)),
    newPassword,
    onChange(tasks) {
      file = { ...file, tasks: Object.fromEntries(Array.from(tasks).slice(-TASKS_KEPT)) };
      save();
    },
  });
  const engine = createEngine({
    users,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    runId: file.runId,
    now,
    nextFence: () => ++fence,
    shutDown: () => setImmediate(() => void closing()),
    checkpoints: options.checkpoints ?? null,
  });
  const names = createNames(file.namespace ?? '');
  const { front, redis } = await frontFor(options, engine, names);
  const server = await startRespServer({ engine: front, port: before?.port ?? 0 });
  if (!server.ok) {
    await redis?.dispose();
    await claim.release();
    return err({ kind: 'failed', message: server.error });
  }
  file = { ...file, port: server.value.port };
  save();
  const close = endWhenUnused(options, front, async () => {
    await server.value.close();
    await options.checkpoints?.close();
    await redis?.dispose();
    await claim.release();
    finish();
  });
  closing = close;
  return ok({ port: server.value.port, ended, close });
}

/** Calls `end` once: when asked to, or when nobody has used the store for its time. */
function endWhenUnused(
  options: StoreProcessOptions,
  front: Front,
  end: () => Promise<void>,
): () => Promise<void> {
  const now = options.now ?? Date.now;
  const checkMs = Math.max(10, Math.min(MOST_USE_CHECK_MS, options.idleMs / 4));
  const useCheck = setInterval(() => {
    if (now() - front.usedAt() >= options.idleMs) void close();
  }, checkMs);
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    clearInterval(useCheck);
    closing ??= end();
    return closing;
  };
  return close;
}

function nextFile(before: StoreFile | null, fence: number): StoreFile {
  return {
    version: 1,
    pid: process.pid,
    port: before?.port ?? 1,
    adminPassword: before?.adminPassword ?? newPassword(),
    runId: randomBytes(16).toString('hex'),
    fence: fence + FENCES_PER_RUN,
    namespace: before?.namespace ?? randomBytes(8).toString('hex'),
    tasks: before?.tasks ?? {},
  };
}

async function frontFor(
  options: StoreProcessOptions,
  engine: RunningEngine,
  names: Names,
): Promise<{ readonly front: Front; readonly redis: RedisServer | null }> {
  if (!options.redis) return { front: engine, redis: null };
  const { log } = options;
  const newId = (): string => randomBytes(16).toString('hex');
  const redis = await options.redis({ markerKey: names.marker, newId, log });
  const front = createRedisFront({ engine, server: redis, names, log });
  // A server that does not answer is waited for behind a front that already does.
  await redis.start();
  return { front, redis };
}

function newPassword(): string {
  return randomBytes(24).toString('hex');
}

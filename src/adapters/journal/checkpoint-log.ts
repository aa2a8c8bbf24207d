import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import type { Clock } from '../../base/clock.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type {
  Checkpoint,
  CheckpointInfo,
  CheckpointQuery,
  Checkpoints,
  SaveCheckpoint,
} from '../../ports/checkpoints.ts';
import type { Journal, JournalEntry } from '../../ports/journal.ts';
import { ensurePrivateFolder, errorText, nodeFiles, writeWhole, type DurableFiles } from './durable-files.ts';
import { openJournal, readJournal } from './journal-file.ts';
import { encodeLine } from './line.ts';

export const CHECKPOINT_FILE = 'checkpoints.ndjson';
/** The store's claim on the state folder is what keeps a second writer away, so there is one epoch. */
const EPOCH = 1;
/** So many of one agent are kept, the newest. */
export const KEPT_PER_AGENT = 100;
/** Payloads of a task that are kept, the newest first. */
export const KEPT_BYTES = 64 * 1024 * 1024;
/** Logs that stay open for writing. */
const OPEN_TASKS = 64;

const checkpointSchema = z.object({
  id: z.int().check(z.minimum(1)),
  taskId: z.string(),
  name: z.string(),
  agentId: z.nullable(z.string()),
  at: z.number(),
  payload: z.string(),
});

export interface CheckpointLogOptions {
  /** The loop's folder; ids that differ in case alone share one. */
  readonly folderOf: (taskId: string) => string;
  readonly clock: Clock;
  readonly files?: DurableFiles;
  readonly keptPerAgent?: number;
  readonly keptBytes?: number;
}

interface Limits {
  readonly keptPerAgent: number;
  readonly keptBytes: number;
}

interface OpenLog {
  readonly journal: Journal;
  lastId: number;
  /** How many may be dropped, at most. */
  droppable: number;
  bytes: number;
}

/**
 * One append-only file for each task, with the checksums of a journal: a checkpoint costs one write and one fdatasync,
 * a torn tail is cut back, damage in the middle is told and kept aside.
 */
export function createCheckpointLog(options: CheckpointLogOptions): Checkpoints {
  const {
    folderOf,
    clock,
    files = nodeFiles,
    keptPerAgent = KEPT_PER_AGENT,
    keptBytes = KEPT_BYTES,
  } = options;
  const limits = { keptPerAgent, keptBytes };
  const logs = new Map<string, OpenLog>();
  const inTurn = createTurns();
  const pathOf = (taskId: string): string => join(folderOf(taskId), CHECKPOINT_FILE);

  const close = async (path: string): Promise<void> => {
    const log = logs.get(path);
    logs.delete(path);
    await log?.journal.close();
  };
  const open = async (path: string): Promise<Result<OpenLog, string>> => {
    const known = logs.get(path);
    const log = known ? ok(known) : await openLog(path, files, limits);
    if (!log.ok) return log;
    // To the end, so that the one that was not written for longest is closed first.
    logs.delete(path);
    logs.set(path, log.value);
    const [oldest] = logs.keys();
    if (logs.size > OPEN_TASKS && oldest !== undefined) void inTurn(oldest, () => close(oldest));
    return log;
  };
  const dropOld = async (path: string): Promise<void> => {
    await close(path);
    const entries = await readJournal(files, path);
    if (!entries.ok) return;
    const kept = keptOf(checkpointsOf(entries.value), limits);
    const lines = kept.map((event, index) => encodeLine({ seq: index + 1, epoch: EPOCH, event }));
    await writeWhole(path, Buffer.concat(lines));
  };
  const save = async (path: string, request: SaveCheckpoint): Promise<Result<CheckpointInfo, string>> => {
    const log = await open(path);
    if (!log.ok) return log;
    const { taskId, name, agentId, payload } = request;
    const checkpoint = { id: log.value.lastId + 1, taskId, name, agentId, at: clock.now(), payload };
    const written = await log.value.journal.append([checkpoint]);
    if (!written.ok) return err(written.error.message);
    log.value.lastId = checkpoint.id;
    log.value.droppable += 1;
    log.value.bytes += Buffer.byteLength(payload);
    if (log.value.droppable >= keptPerAgent || log.value.bytes > 2 * keptBytes) {
      // It is saved all the same; the next one tries again.
      await dropOld(path).catch(() => undefined);
    }
    return ok(infoOf(checkpoint));
  };
  const read = async (
    taskId: string,
    query: CheckpointQuery,
  ): Promise<Result<readonly Checkpoint[], string>> => {
    const entries = await readJournal(files, pathOf(taskId));
    if (!entries.ok) return entries.error.kind === 'missing' ? ok([]) : err(entries.error.message);
    return ok(checkpointsOf(entries.value).filter((one) => one.taskId === taskId && fits(one, query)));
  };

  return {
    save: (request) => {
      const path = pathOf(request.taskId);
      return inTurn(path, () => save(path, request));
    },
    find: async (taskId, query) => {
      const found = await read(taskId, query);
      return found.ok ? ok(found.value.at(-1) ?? null) : found;
    },
    list: async (taskId, query) => {
      const found = await read(taskId, query);
      return found.ok ? ok(found.value.map(infoOf)) : found;
    },
    close: async () => {
      await Promise.all(Array.from(logs.keys(), (path) => inTurn(path, () => close(path))));
    },
  };
}

/** What is done with one path is done one after the other. */
function createTurns(): <T>(path: string, work: () => Promise<T>) => Promise<T> {
  const turns = new Map<string, Promise<unknown>>();
  return (path, work) => {
    const turn = (turns.get(path) ?? Promise.resolve()).then(work, work);
    turns.set(path, turn);
    const forget = (): void => {
      if (turns.get(path) === turn) turns.delete(path);
    };
    void turn.then(forget, forget);
    return turn;
  };
}

async function openLog(path: string, files: DurableFiles, limits: Limits): Promise<Result<OpenLog, string>> {
  try {
    await ensurePrivateFolder(dirname(path));
  } catch (error) {
    return err(`The folder of the checkpoints ${dirname(path)} can not be used: ${errorText(error)}.`);
  }
  const journal = await openJournal({ path, epoch: EPOCH, files, stillHeld: () => Promise.resolve(true) });
  if (!journal.ok) return err(journal.error.message);
  const entries = await readJournal(files, path);
  if (!entries.ok) {
    await journal.value.close();
    return err(entries.error.message);
  }
  const found = checkpointsOf(entries.value);
  const bytes = found.reduce((sum, { payload }) => sum + Buffer.byteLength(payload), 0);
  const droppable = found.length - keptOf(found, limits).length;
  return ok({ journal: journal.value, lastId: found.at(-1)?.id ?? 0, droppable, bytes });
}

function checkpointsOf(entries: readonly JournalEntry[]): readonly Checkpoint[] {
  return entries.map(({ event }) => {
    const checkpoint = checkpointSchema.parse(event);
    return { ...checkpoint, bytes: Buffer.byteLength(checkpoint.payload) };
  });
}

function fits(checkpoint: Checkpoint, { id, name, agentId }: CheckpointQuery): boolean {
  return (
    (id === undefined || checkpoint.id === id) &&
    (name === undefined || checkpoint.name === name) &&
    (agentId === undefined || checkpoint.agentId === agentId)
  );
}

/** The newest of each agent, as long as all of them together are not too large; oldest first. */
function keptOf(all: readonly Checkpoint[], limits: Limits): readonly object[] {
  const counts = new Map<string, number>();
  const kept: object[] = [];
  let bytes = 0;
  for (const { bytes: size, ...checkpoint } of all.toReversed()) {
    const agent = JSON.stringify([checkpoint.taskId, checkpoint.agentId]);
    const count = (counts.get(agent) ?? 0) + 1;
    counts.set(agent, count);
    if (count > limits.keptPerAgent) continue;
    bytes += size;
    if (bytes > limits.keptBytes) break;
    kept.push(checkpoint);
  }
  return kept.reverse();
}

function infoOf({ id, taskId, name, agentId, at, payload }: Omit<Checkpoint, 'bytes'>): CheckpointInfo {
  return { id, taskId, name, agentId, at, bytes: Buffer.byteLength(payload) };
}

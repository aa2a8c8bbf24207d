import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../base/clock.ts';
import { err, type Result } from '../../base/result.ts';
import type { Journal, JournalError, LeftLoop, LoopStore } from '../../ports/journal.ts';
import {
  ensurePrivateFolder,
  errorCode,
  errorText,
  nodeFiles,
  writeWhole,
  type DurableFiles,
} from './durable-files.ts';
import { followJournal } from './follow.ts';
import { currentHolder, holdLoop, ownerOf, stillHolds } from './holder.ts';
import { askHolder } from './holder-socket.ts';
import { archiveOf, readArchived } from './journal-archive.ts';
import { openJournal, readJournal } from './journal-file.ts';
import { loopFolder, LOOPS } from './loop-folder.ts';
import { createProcesses, type Processes } from './process-identity.ts';

const JOURNAL = 'journal.ndjson';
const TASK_ID = 'task-id';

export interface LoopStoreOptions {
  /** The repository's state folder; loops stand in its folder `loops`. */
  readonly stateFolder: string;
  /** Who runs loops through this store, over its processes, such as a window that is opened again. */
  readonly owner?: string | undefined;
  /** How long a forwarded command may take, 10 s by default. */
  readonly forwardDeadlineMs?: number;
  readonly clock?: Clock;
  readonly files?: DurableFiles;
  readonly processes?: Processes;
}

export function createLoopStore(options: LoopStoreOptions): LoopStore {
  const { clock = systemClock, files = nodeFiles, processes = createProcesses() } = options;
  const loops = join(options.stateFolder, LOOPS);
  const folderOf = (taskId: string): string => loopFolder(options.stateFolder, taskId);
  const journalOf = (taskId: string): string => join(folderOf(taskId), JOURNAL);

  return {
    folder: folderOf,
    exists: (taskId) => hasEvents(journalOf(taskId)),
    list: () => listLoops(loops),
    stamp: () => stampOf(loops),
    read: (taskId) => readJournal(withArchive(files), journalOf(taskId)),
    follow: (taskId, afterSeq, onEntry, signal) =>
      followJournal({
        folder: folderOf(taskId),
        path: journalOf(taskId),
        afterSeq,
        onEntry,
        clock,
        signal,
      }),
    open: (taskId, epoch) => openLoop({ taskId, epoch, files, folder: folderOf(taskId) }),
    lease: () => holdLoop({ folder: join(options.stateFolder, 'lease'), processes, answer: null }),
    hold: (taskId, answer) =>
      holdLoop({ folder: folderOf(taskId), processes, answer, owner: options.owner ?? null }),
    care: (taskId) => holdLoop({ folder: folderOf(taskId), processes, answer: null }),
    left: async () => {
      if (options.owner === undefined) return [];
      const left: LeftLoop[] = [];
      for (const taskId of await listLoops(loops)) {
        const holder = await currentHolder(folderOf(taskId), processes);
        if (holder?.state !== 'gone' && holder?.state !== 'released') continue;
        if ((await ownerOf(folderOf(taskId), holder.epoch)) !== options.owner) continue;
        left.push({ taskId, letGo: holder.state === 'released' });
      }
      return left;
    },
    held: async (taskId) => {
      const holder = await currentHolder(folderOf(taskId), processes);
      return holder !== null && (holder.state === 'alive' || holder.state === 'unknown');
    },
    forward: (taskId, command) =>
      forward(
        { folder: folderOf(taskId), deadlineMs: options.forwardDeadlineMs ?? 10_000, processes },
        command,
      ),
  };
}

async function openLoop(request: {
  readonly taskId: string;
  readonly epoch: number;
  readonly files: DurableFiles;
  readonly folder: string;
}): Promise<Result<Journal, JournalError>> {
  const { taskId, epoch, files, folder } = request;
  try {
    await ensurePrivateFolder(folder);
    if (await isThere(archiveOf(join(folder, JOURNAL)))) {
      return err({
        kind: 'disk',
        message: `The loop ${taskId} is over and archived; it takes no more events.`,
      });
    }
    if (!(await readTaskId(folder))) await writeWhole(join(folder, TASK_ID), taskId);
  } catch (error) {
    return err({
      kind: 'disk',
      message: `The loop's folder ${folder} can not be used: ${errorText(error)}.`,
    });
  }
  return openJournal({
    path: join(folder, JOURNAL),
    epoch,
    files,
    stillHeld: () => stillHolds(folder, epoch),
  });
}

async function foldersIn(loops: string): Promise<readonly string[]> {
  try {
    return await readdir(loops);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function stampOf(loops: string): Promise<string> {
  const stamps = (await foldersIn(loops)).map(async (name) => {
    const journal = join(loops, name, JOURNAL);
    // An archived journal says what it said before, so that it is one tells enough.
    const found = await stat(journal).catch(() =>
      stat(archiveOf(journal)).then(
        () => null,
        () => undefined,
      ),
    );
    if (found === undefined) return '';
    return found === null ? `${name} archived` : `${name} ${found.size} ${found.mtimeMs}`;
  });
  return (await Promise.all(stamps)).toSorted().join('\n');
}

async function listLoops(loops: string): Promise<readonly string[]> {
  const names = await foldersIn(loops);
  const ids = await Promise.all(
    names.map(async (name) => {
      const folder = join(loops, name);
      return (await hasEvents(join(folder, JOURNAL))) ? ((await readTaskId(folder)) ?? name) : null;
    }),
  );
  return ids.filter((id) => id !== null);
}

async function hasEvents(journal: string): Promise<boolean> {
  return (await isThere(journal)) || isThere(archiveOf(journal));
}

/** A file with something in it. */
function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    ({ size }) => size > 0,
    () => false,
  );
}

/** A finished loop's journal may be archived; the plain one counts while both are there. */
function withArchive(files: DurableFiles): Pick<DurableFiles, 'read'> {
  return {
    read: (path) =>
      files.read(path).catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return readArchived(path);
        throw error;
      }),
  };
}

/** The id as it was first written; the folder's name is its lower-case form. */
async function readTaskId(folder: string): Promise<string | null> {
  return readFile(join(folder, TASK_ID), 'utf8').then(
    (id) => id || null,
    () => null,
  );
}

async function forward(
  request: {
    readonly folder: string;
    readonly deadlineMs: number;
    readonly processes: Processes;
  },
  command: unknown,
): Promise<unknown> {
  const holder = await currentHolder(request.folder, request.processes);
  if (!holder || holder.state === 'gone' || holder.state === 'released') return null;
  const reply = await askHolder(holder.record, command, request.deadlineMs);
  if (reply.ok) return reply.value;
  if (reply.error === 'refused') return null;
  const now = await currentHolder(request.folder, request.processes);
  // It let go or ended while it was asked; a later holder gets the command.
  return now && now.epoch !== holder.epoch ? forward(request, command) : null;
}

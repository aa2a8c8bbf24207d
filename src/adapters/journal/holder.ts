import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { access, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { err, ok, type Result } from '../../base/result.ts';
import type { ForwardedCommand, HoldError, LoopHolder } from '../../ports/journal.ts';
import {
  ensurePrivateFolder,
  errorCode,
  errorText,
  renamePatiently,
  syncFolder,
  writeWhole,
} from './durable-files.ts';
import { removeSocket, serveHolder, type HolderSocket } from './holder-socket.ts';
import type { Processes } from './process-identity.ts';

/*
 * Who writes a loop is said by folders `holder-<epoch>`: the highest one names the holder. A folder is prepared
 * under another name and renamed into place, which is exclusive (an existing, non-empty folder is never
 * replaced) and shows it complete or not at all, on every platform. A process takes over by making the next
 * epoch after it has proof that the highest one's process ended or let go; both are final, so there is no
 * moment at which two processes own a loop, whenever one of them is killed. The highest folder is never removed.
 */
const HOLDER = /^holder-(\d+)$/;
const LEFTOVER = /^(?:preparing|removed)-/;
/** In a holder's folder: who runs the loop, of all that come and go as processes. */
const OWNER = 'owner';
/**
 * A process that looked at the folder long ago may still make a number whose folder was removed since; it then
 * finds the later ones and steps back. Keeping some makes sure that its look at the folder can not miss all.
 */
const KEPT_EPOCHS = 16;

const recordSchema = z.object({
  pid: z.int(),
  startTime: z.string(),
  machine: z.string(),
  address: z.string(),
  token: z.string(),
});
type HolderRecord = z.infer<typeof recordSchema>;

export interface HolderView {
  readonly epoch: number;
  readonly record: HolderRecord;
  readonly state: 'alive' | 'gone' | 'unknown' | 'released';
}

/** The holder of the highest epoch, whatever became of it; `null` when the loop was never held. */
export async function currentHolder(folder: string, processes: Processes): Promise<HolderView | null> {
  const epoch = await highestEpoch(folder);
  if (epoch === 0) return null;
  const path = holderPath(folder, epoch);
  let record: HolderRecord;
  try {
    record = recordSchema.parse(JSON.parse(await readFile(join(path, 'process.json'), 'utf8')));
  } catch (error) {
    // Overtaken and tidied up between the two looks.
    if (errorCode(error) === 'ENOENT' && !(await exists(path))) return currentHolder(folder, processes);
    throw error;
  }
  const released = await exists(join(path, 'released'));
  return { epoch, record, state: released ? 'released' : await processes.state(record) };
}

export interface HoldRequest {
  readonly folder: string;
  readonly processes: Processes;
  /** Of whoever holds it, over its processes; null where a process has no successor. */
  readonly owner?: string | null;
  /** `null`: nobody has anything to say to the holder, and no socket may stay behind where it is killed. */
  readonly answer: ((command: ForwardedCommand) => Promise<unknown>) | null;
}

const UNREACHABLE: HolderSocket = { address: '', token: '', close: () => Promise.resolve() };

export async function holdLoop(request: HoldRequest): Promise<Result<LoopHolder, HoldError>> {
  let socket: HolderSocket | undefined;
  try {
    await ensurePrivateFolder(request.folder);
    for (;;) {
      const before = await currentHolder(request.folder, request.processes);
      if (before && (before.state === 'alive' || before.state === 'unknown')) {
        await socket?.close();
        return err({ kind: 'held', pid: before.record.pid, epoch: before.epoch });
      }
      socket ??= request.answer ? await serveHolder(request.answer) : UNREACHABLE;
      const epoch = (before?.epoch ?? 0) + 1;
      if (await take(request, socket, epoch)) {
        if (before) await replace(request.folder, before, epoch);
        await tidy(request.folder, epoch);
        return ok(holderOf(request, epoch, socket));
      }
    }
  } catch (error) {
    await socket?.close();
    return err({
      kind: 'disk',
      message: `The loop's folder ${request.folder} can not be used: ${errorText(error)}.`,
    });
  }
}

/** False as soon as a later holder exists. Asked before every write, so without a turn of another thread. */
export async function stillHolds(folder: string, epoch: number): Promise<boolean> {
  const isThere = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined;
  // Only folders below the highest are ever removed, so a missing own one means that there is a later one.
  return isThere(holderPath(folder, epoch)) && !isThere(holderPath(folder, epoch + 1));
}

async function take(request: HoldRequest, socket: HolderSocket, epoch: number): Promise<boolean> {
  const { folder } = request;
  const prepared = join(folder, `preparing-${randomBytes(8).toString('hex')}`);
  const record: HolderRecord = {
    ...(await request.processes.self()),
    address: socket.address,
    token: socket.token,
  };
  try {
    await mkdir(prepared, { mode: 0o700 });
    await writeWhole(join(prepared, 'process.json'), JSON.stringify(record));
    await renamePatiently(prepared, holderPath(folder, epoch));
  } catch (error) {
    await rm(prepared, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES', 'ENOENT'].includes(errorCode(error))) {
      // Somebody made this epoch first, or tidied our preparation away; a real lack of permission shows again.
      if ((await highestEpoch(folder)) >= epoch || errorCode(error) === 'ENOENT') return false;
    }
    throw error;
  }
  await syncFolder(folder);
  // A look at the folder that is older than a removed epoch may have led to a number that was used before.
  return (await highestEpoch(folder)) === epoch;
}

/** Whose loop it is does not change because somebody else looks after it. */
async function replace(folder: string, before: HolderView, epoch: number): Promise<void> {
  await removeSocket(before.record.address);
  const owner = await ownerOf(folder, before.epoch);
  if (owner !== null) await writeWhole(join(holderPath(folder, epoch), OWNER), owner);
}

/** Null where whoever ran the loop last has no successor. */
export async function ownerOf(folder: string, epoch: number): Promise<string | null> {
  return readFile(join(holderPath(folder, epoch), OWNER), 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  });
}

function holderOf({ folder, owner }: HoldRequest, epoch: number, socket: HolderSocket): LoopHolder {
  let released: Promise<void> | undefined;
  const begin = async (): Promise<void> => {
    const path = join(holderPath(folder, epoch), OWNER);
    await (owner ? writeWhole(path, owner) : rm(path, { force: true }));
  };
  const release = async (): Promise<void> => {
    await socket.close();
    await writeFile(join(holderPath(folder, epoch), 'released'), '', { mode: 0o600 }).catch(
      (error: unknown) => {
        if (errorCode(error) !== 'ENOENT') throw error;
      },
    );
  };
  return { epoch, begin, release: () => (released ??= release()) };
}

async function tidy(folder: string, epoch: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const old = Number(HOLDER.exec(name)?.[1] ?? epoch) <= epoch - KEPT_EPOCHS;
    if (!old && !LEFTOVER.test(name)) continue;
    // Renamed first: a folder must never be seen, or put into place by its maker, half emptied.
    const removed = join(folder, `removed-${randomBytes(8).toString('hex')}`);
    await rename(join(folder, name), removed)
      .then(() => rm(removed, { recursive: true, force: true }))
      .catch(() => undefined);
  }
}

async function highestEpoch(folder: string): Promise<number> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
  return Math.max(0, ...names.map((name) => Number(HOLDER.exec(name)?.[1] ?? 0)));
}

function holderPath(folder: string, epoch: number): string {
  return join(folder, `holder-${epoch}`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
      throw error;
    },
  );
}

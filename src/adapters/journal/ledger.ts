import { createHash } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Logger } from '../../base/logger.ts';
import type { Ledger, LedgerEntry } from '../../ports/journal.ts';
import { ensurePrivateFolder, errorCode, syncFolder, writeWhole } from './durable-files.ts';

const common = { id: z.string(), taskId: z.string() };
const entrySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('attempt'), ...common, folder: z.string(), runToken: z.string() }),
  z.object({ kind: z.literal('command'), ...common, runToken: z.string() }),
  z.object({ kind: z.literal('worktree'), ...common, path: z.string() }),
  z.object({ kind: z.literal('checkout'), ...common, path: z.string() }),
  z.object({ kind: z.literal('ref'), ...common, ref: z.string() }),
  z.object({ kind: z.literal('ports'), ...common, branch: z.string(), base: z.number() }),
]) satisfies z.ZodType<LedgerEntry>;

/**
 * One file for each entry, written whole before `record` returns: processes share it without a lock, and an entry
 * is there or not, whenever one of them is killed. A full disk rejects, so nothing is made that is not on record.
 */
export function createLedger(options: { readonly stateFolder: string; readonly logger: Logger }): Ledger {
  const folder = join(options.stateFolder, 'ledger');
  const names = (): Promise<readonly string[]> =>
    readdir(folder).then(
      (all) => all.filter((name) => name.endsWith('.json')),
      (error: unknown) => {
        if (errorCode(error) === 'ENOENT') return [];
        throw error;
      },
    );

  const readEntry = async (name: string): Promise<LedgerEntry | null> => {
    const path = join(folder, name);
    try {
      return entrySchema.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      // Kept: a later version may have written it, and what it names still exists.
      options.logger.warn(`The ledger entry ${path} can not be read and is left alone.`, {
        error: String(error),
      });
      return null;
    }
  };

  return {
    record: async (entry) => {
      const path = join(folder, `${taskPart(entry.taskId)}${idPart(entry.id)}`);
      const write = () => writeWhole(path, JSON.stringify(entry));
      await write().catch(async (error: unknown) => {
        if (errorCode(error) !== 'ENOENT') throw error;
        await ensurePrivateFolder(folder);
        await write();
      });
    },
    forget: async (id) => {
      const found = (await names()).filter((name) => name.endsWith(idPart(id)));
      for (const name of found) await rm(join(folder, name), { force: true });
      if (found.length > 0) await syncFolder(folder);
    },
    entries: async (taskId) => {
      // A repository may have had thousands of loops: only the files of this one are opened.
      const wanted = (await names()).filter(
        (name) => taskId === undefined || name.startsWith(taskPart(taskId)) || !name.includes('-'),
      );
      const entries = await Promise.all(wanted.map(readEntry));
      return entries
        .filter((entry) => entry !== null)
        .filter((entry) => taskId === undefined || entry.taskId === taskId);
    },
  };
}

/** Ids may hold any character and any length. */
const idPart = (id: string): string => `-${hash(id).slice(0, 32)}.json`;
const taskPart = (taskId: string): string => hash(taskId).slice(0, 8);
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { err, ok } from '../../base/result.ts';
import type { HandChange, HandChanges } from '../../ports/hand-changes.ts';

const lineSchema = z.object({
  at: z.number(),
  action: z.string(),
  key: z.string(),
  detail: z.string(),
});

/** One line of JSON for each change, in the repository's state folder; each is on disk before the change is made. */
export function createHandChanges(stateFolder: string): HandChanges {
  const file = join(stateFolder, 'changes-by-hand.ndjson');
  return {
    file,
    append: async (change) => {
      try {
        const handle = await open(file, 'a', 0o600);
        try {
          await handle.appendFile(`${JSON.stringify(change)}\n`);
          await handle.datasync();
        } finally {
          await handle.close();
        }
        return ok(undefined);
      } catch (error) {
        return err(`the record ${file} could not be written (${String(error)}).`);
      }
    },
    recent: async (limit) => {
      const changes = await readAll(file);
      return { changes: changes.slice(-limit), count: changes.length };
    },
  };
}

/** A line that was cut off, or that somebody else wrote, is passed over. */
async function readAll(file: string): Promise<readonly HandChange[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      const parsed = lineSchema.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
}

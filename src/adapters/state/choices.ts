import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { SET_UPS } from '../../domain/loop/model.ts';
import type { Choices } from '../../ports/choices.ts';

const schema = z.object({ version: z.literal(1), setUp: z.enum(SET_UPS) });

/** One small file in the repository's state folder; an unreadable one is as good as none. */
export function createChoices(stateFolder: string): Choices {
  const file = join(stateFolder, 'choices.json');
  return {
    setUp: async () => {
      try {
        const read = schema.safeParse(JSON.parse(await readFile(file, 'utf8')));
        return read.success ? read.data.setUp : null;
      } catch {
        return null;
      }
    },
    rememberSetUp: async (setUp) => {
      const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
      await writeFile(draft, `${JSON.stringify({ version: 1, setUp })}\n`, { mode: 0o600 });
      await rename(draft, file);
    },
  };
}

import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { CODE_PLACES, SET_UPS } from '../../domain/loop/model.ts';
import type { Choices, Chosen } from '../../ports/choices.ts';

const schema = z.object({
  version: z.literal(1),
  setUp: z.optional(z.enum(SET_UPS)),
  codePlace: z.optional(z.enum(CODE_PLACES)),
});

/** One small file in the repository's state folder; an unreadable one is as good as none. */
export function createChoices(stateFolder: string): Choices {
  const file = join(stateFolder, 'choices.json');
  const read = async (): Promise<Chosen> => {
    const { setUp = null, codePlace = null } = await readChoices(file);
    return { setUp, codePlace };
  };
  return {
    read,
    remember: async (choice) => {
      const { setUp, codePlace } = { ...(await read()), ...choice };
      const chosen = {
        version: 1,
        ...(setUp === null ? {} : { setUp }),
        ...(codePlace === null ? {} : { codePlace }),
      };
      const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
      await writeFile(draft, `${JSON.stringify(chosen)}\n`, { mode: 0o600 });
      await rename(draft, file);
    },
  };
}

async function readChoices(file: string): Promise<Partial<z.infer<typeof schema>>> {
  try {
    const read = schema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return read.success ? read.data : {};
  } catch {
    return {};
  }
}

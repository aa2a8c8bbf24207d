import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { ensurePrivateFolder, errorCode, writeWhole } from './durable-files.ts';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** Compressed files of lines in one folder, `NAME.ndjson.gz`, each replaced as a whole and read back. */
export function createRowArchive(folder: string): {
  read(name: string): Promise<readonly string[] | null>;
  write(name: string, lines: readonly string[]): Promise<void>;
} {
  const fileOf = (name: string): string => join(folder, `${name}.ndjson.gz`);
  const read = async (name: string): Promise<readonly string[] | null> => {
    try {
      const text = (await unpack(await readFile(fileOf(name)))).toString('utf8');
      return text.split('\n').filter((line) => line !== '');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    }
  };
  return {
    read,
    write: async (name, lines) => {
      await ensurePrivateFolder(folder);
      await writeWhole(fileOf(name), await pack(`${lines.join('\n')}\n`));
      const back = await read(name);
      if (back?.join('\n') !== lines.join('\n')) {
        throw new Error(`The archive ${fileOf(name)} does not read back as it was written.`);
      }
    },
  };
}

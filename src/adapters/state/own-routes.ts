import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import { parseOwnRoutes, type OwnRoutes } from '../../protocol/provider-routes.ts';

export interface OwnRoutesFile {
  readonly file: string;
  /** Without the file there is nothing of one's own; one that cannot be read is an error, as it says where code goes. */
  read(): Promise<Result<OwnRoutes, string>>;
  /** The day on which a provider's list had a model; everything else in the file stays. */
  remember(
    provider: string,
    seen: { readonly model: string; readonly day: string },
  ): Promise<Result<void, string>>;
}

/** `routes.json` beside a person's settings; a repository has no such file. */
export function createOwnRoutes(configFolder: string): OwnRoutesFile {
  const file = join(configFolder, 'routes.json');
  const textOf = async (): Promise<Result<string | null, string>> => {
    try {
      return ok(await readFile(file, 'utf8'));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      return code === 'ENOENT' || code === 'ENOTDIR'
        ? ok(null)
        : err(`${file} could not be read (${code}); make it readable or remove it.`);
    }
  };
  const read = async (): Promise<Result<OwnRoutes, string>> => {
    const text = await textOf();
    if (!text.ok) return text;
    return text.value === null ? ok({}) : parseOwnRoutes(file, text.value);
  };
  return {
    file,
    read,
    remember: async (provider, lastVerified) => {
      const known = await read();
      if (!known.ok) return known;
      const routes = { ...known.value, [provider]: { ...known.value[provider], lastVerified } };
      const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
      try {
        await mkdir(configFolder, { recursive: true, mode: 0o700 });
        await writeFile(draft, `${JSON.stringify({ version: 1, routes }, null, 2)}\n`, { mode: 0o600 });
        await rename(draft, file);
        return ok(undefined);
      } catch (error) {
        return err(`${file} could not be written: ${String(error)}`);
      }
    },
  };
}

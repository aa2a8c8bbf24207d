import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { err, ok, type Result } from '../base/result.ts';
import { EXIT, refuse, type CliIo, type Exit } from './io.ts';
import { MADE_BY, SCRIPTS, SCRIPTS_FOLDER } from './scripts.ts';

/** All or none: a script of somebody else's under one of the names stays, and stops the rest. */
export async function writeScripts(io: CliIo, root: string): Promise<Exit> {
  const foreign = await foreignScript(root);
  if (!foreign.ok) return refuse(io, foreign.error);
  for (const { path, text } of SCRIPTS) {
    const target = join(root, path);
    try {
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
      await chmod(target, 0o755);
    } catch (error) {
      return refuse(io, `${target} could not be written (${codeOf(error)}).`);
    }
  }
  io.stdout.write(`Wrote ${SCRIPTS.length} scripts below ${root}.\n`);
  io.stdout.write(`For plain redis-cli and collect-results: export PATH="$PWD/${SCRIPTS_FOLDER}:$PATH"\n`);
  return EXIT.proceed;
}

async function foreignScript(root: string): Promise<Result<void, string>> {
  for (const { path } of SCRIPTS) {
    const target = join(root, path);
    const present = await readFile(target, 'utf8').catch((error: unknown) =>
      codeOf(error) === 'ENOENT' ? null : '',
    );
    if (present !== null && !present.includes(MADE_BY)) {
      return err(`${target} exists already and is not ours; move it away, then try again.`);
    }
  }
  return ok(undefined);
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

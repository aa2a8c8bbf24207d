import { stat } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { readManifest, readScriptCall } from './package-scripts.ts';
import { splitShellLine, withoutAssignments } from './shell-line.ts';

const INTERPRETERS = new Set(
  'sh bash zsh dash ksh pwsh powershell node deno bun tsx ts-node python python3 py ruby perl php lua'.split(
    ' ',
  ),
);
/** What an interpreter runs is a test only if it is not the product itself: `node src/server.js --check`. */
const PRODUCT =
  /^(?:.*\/)?(?:src|lib|app|bin|dist|build|node_modules)\/|^(?:.*\/)?(?:index|main|app|server|cli)\.[^/]+$/;
const MAX_DEPTH = 5;

/**
 * Files of the checkout that the command runs as its check (`./verify.sh`, `node check.js`, also behind a
 * package script). They decide what the evidence says, so they are protected whatever their name is. One that
 * is not there yet is left to the agents: who names it asks for it. Paths are relative to `root` with forward
 * slashes.
 */
export async function checkedByFiles(
  command: string,
  root: string,
  prefix: string,
): Promise<readonly string[]> {
  const found = await programsIn(command, join(root, prefix), 0);
  const paths = found.map((name) => posix.normalize(posix.join(prefix, name.replaceAll('\\', '/'))));
  const files: string[] = [];
  for (const path of new Set(paths)) {
    if (path.startsWith('..') || posix.isAbsolute(path) || PRODUCT.test(path)) continue;
    if ((await stat(join(root, path)).catch(() => null))?.isFile()) files.push(path);
  }
  return files;
}

async function programsIn(line: string, folder: string, depth: number): Promise<readonly string[]> {
  const segments = splitShellLine(line);
  if (!segments || depth > MAX_DEPTH) return [];
  const found: string[] = [];
  for (const segment of segments) {
    const words = withoutAssignments(segment.words);
    const script = readScriptCall({ ...segment, words })?.script;
    const text = script === undefined ? undefined : (await readManifest(folder))?.scripts[script];
    if (text !== undefined) found.push(...(await programsIn(text, folder, depth + 1)));
    else found.push(...programIn(words));
  }
  return found;
}

function programIn(words: readonly string[]): readonly string[] {
  const [program, ...rest] = words;
  if (program === undefined) return [];
  if (!INTERPRETERS.has(basename(program).replace(/\.exe$/, '')))
    return program.includes('/') ? [program] : [];
  if (rest.some((word) => word === '-m' || word === '-e' || word === '-c' || word === '--test')) return [];
  const file = rest.find((word) => !word.startsWith('-'));
  return file === undefined ? [] : [file];
}

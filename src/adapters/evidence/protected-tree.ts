import { copyFile, lstat, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  isManifest,
  protectedKind,
  restorePackageJson,
  restorePyproject,
} from '../../domain/protected-files.ts';
import { below, makeFoldersAbove } from './safe-paths.ts';

/** One protected file that differs from the base, and how it gets back to it. */
export interface ProtectedChange {
  readonly path: string;
  /** False for files that set-up can depend on; then a restored checkout is set up by itself. */
  readonly onlyForRuns: boolean;
  readonly restore:
    | { readonly kind: 'remove' }
    | { readonly kind: 'copy' }
    | { readonly kind: 'text'; readonly text: string };
}

/** Compares the protected files of two untouched checkouts; `named` are protected besides, whatever their name. */
export async function compareProtected(
  base: string,
  left: string,
  named: readonly string[],
): Promise<readonly ProtectedChange[]> {
  const also = new Set(named);
  const [before, after] = await Promise.all([protectedFiles(base, also), protectedFiles(left, also)]);
  const changes: ProtectedChange[] = [];
  for (const path of Array.from(new Set([...before, ...after])).sort()) {
    const change = await compareOne({ path, base, left, inBase: before.has(path), inLeft: after.has(path) });
    if (change) changes.push(change);
  }
  return changes;
}

/** Brings the protected files of `target`, a copy of the left checkout, back to the base. */
export async function restoreProtected(
  base: string,
  target: string,
  changes: readonly ProtectedChange[],
): Promise<void> {
  for (const { path, restore } of changes) {
    const file = below(target, path);
    const source = below(base, path);
    if (!file || !source) continue;
    if (restore.kind === 'remove') {
      // Without a look at the folders above, a link there could lead the removal elsewhere.
      if (await makeFoldersAbove(target, path, 'refuse')) await rm(file, { recursive: true, force: true });
      continue;
    }
    await makeFoldersAbove(target, path, 'replace');
    await rm(file, { recursive: true, force: true });
    if (restore.kind === 'text') await writeFile(file, restore.text);
    else await copyEntry(source, file);
  }
}

async function copyEntry(source: string, target: string): Promise<void> {
  const found = await lstat(source);
  if (found.isSymbolicLink()) await symlink(await readlink(source), target);
  else await copyFile(source, target);
}

interface Pair {
  readonly path: string;
  readonly base: string;
  readonly left: string;
  readonly inBase: boolean;
  readonly inLeft: boolean;
}

async function compareOne(pair: Pair): Promise<ProtectedChange | null> {
  const manifest = isManifest(pair.path);
  if (manifest) return compareManifest(pair, manifest);
  const kind = protectedKind(pair.path);
  const onlyForRuns = kind === 'test' || kind === 'ci' || kind === null;
  if (!pair.inBase) return { path: pair.path, onlyForRuns, restore: { kind: 'remove' } };
  if (pair.inLeft && (await sameEntry(join(pair.base, pair.path), join(pair.left, pair.path)))) return null;
  return { path: pair.path, onlyForRuns, restore: { kind: 'copy' } };
}

async function compareManifest(
  pair: Pair,
  kind: 'package.json' | 'pyproject.toml',
): Promise<ProtectedChange | null> {
  if (!pair.inLeft) return { path: pair.path, onlyForRuns: false, restore: { kind: 'copy' } };
  const left = await readFile(join(pair.left, pair.path), 'utf8');
  const base = pair.inBase ? await readFile(join(pair.base, pair.path), 'utf8') : null;
  const restored = kind === 'package.json' ? restorePackageJson(base, left) : restorePyproject(base, left);
  if (!restored.changed) return null;
  return { path: pair.path, onlyForRuns: false, restore: { kind: 'text', text: restored.text } };
}

async function sameEntry(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([lstat(a), lstat(b)]);
  if (one.isSymbolicLink() || other.isSymbolicLink()) {
    if (!one.isSymbolicLink() || !other.isSymbolicLink()) return false;
    return (await readlink(a)) === (await readlink(b));
  }
  if (one.size !== other.size || (one.mode & 0o111) !== (other.mode & 0o111)) return false;
  const [text, otherText] = await Promise.all([readFile(a), readFile(b)]);
  return text.equals(otherText);
}

/** Protected files and manifests of a checkout; its own git folder and links to folders are not entered. */
async function protectedFiles(root: string, also: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const open = [''];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.name === '.git') continue;
      if (entry.isDirectory()) open.push(path);
      else if (protectedKind(path) !== null || isManifest(path) !== null || also.has(path)) found.add(path);
    }
  }
  return found;
}

import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { exists } from './harness.ts';
import { writeAside } from './files.ts';

export type GuardedKind = 'config' | 'hooks' | 'info';

export interface GuardedFile {
  readonly kind: GuardedKind;
  /** Absolute path. */
  readonly path: string;
  /** Permission bits of a file; -1 for a symbolic link or a special file, whose content is not kept. */
  readonly mode: number;
  /** SHA-256 of the content, under which it is kept; for a link its target. */
  readonly content: string;
}

export interface GuardedPlaces {
  readonly commonDir: string;
  /** Admin folders of linked worktrees that have to be looked at. */
  readonly admins: readonly string[];
  /** Git directories of the user's submodules. Missing in pictures of earlier versions. */
  readonly modules?: readonly string[];
  /** Files that the configuration includes. */
  readonly included: readonly string[];
  /** `core.hooksPath`, absolute, when it lies outside the checkouts; else null. */
  readonly hooksPath: string | null;
}

/** A pipe or a device: never opened, since that may wait for ever. No link can have this target. */
const SPECIAL = '';

/** A folder with more entries than this is not a hooks folder but a mistake in `core.hooksPath`. */
const MAX_ENTRIES = 2000;

/** Reads everything that can make git run a program, and keeps its content under its hash. */
export async function readGuarded(
  places: GuardedPlaces,
  store: Pick<BlobStore, 'keep'>,
): Promise<GuardedFile[]> {
  const { commonDir } = places;
  const gitDirs = [commonDir, ...(places.modules ?? [])];
  const configs = [
    ...gitDirs.flatMap((gitDir) => [join(gitDir, 'config'), join(gitDir, 'config.worktree')]),
    ...places.admins.map((admin) => join(commonDir, 'worktrees', admin, 'config.worktree')),
    ...places.included,
  ];
  const found: { kind: GuardedKind; path: string }[] = configs.map((path) => ({ kind: 'config', path }));
  // Without our id the next start would find no state.
  found.push({ kind: 'info', path: join(commonDir, 'cfn-id') });
  const folders: [GuardedKind, string][] = [
    ...gitDirs.flatMap((gitDir): [GuardedKind, string][] => [
      ['hooks', join(gitDir, 'hooks')],
      ['info', join(gitDir, 'info')],
    ]),
    ...(places.hooksPath === null ? [] : ([['hooks', places.hooksPath]] as [GuardedKind, string][])),
  ];
  for (const [kind, folder] of folders) {
    for (const path of await walk(folder)) {
      // `info/refs` is rewritten by git's own garbage collection and read by dumb transports only.
      if (!(kind === 'info' && path === join(folder, 'refs'))) found.push({ kind, path });
    }
  }
  const files: GuardedFile[] = [];
  for (const { kind, path } of found) {
    const state = await describe(path, store);
    if (state !== null) files.push({ kind, path, ...state });
  }
  return files;
}

async function describe(
  path: string,
  store: Pick<BlobStore, 'keep'>,
): Promise<{ mode: number; content: string } | null> {
  const stat = await lstat(path).catch(() => null);
  if (stat === null || stat.isDirectory()) return null;
  if (stat.isSymbolicLink()) return { mode: -1, content: await readlink(path) };
  if (!stat.isFile()) return { mode: -1, content: SPECIAL };
  return { mode: stat.mode & 0o777, content: await store.keep(await readFile(path)) };
}

/** Files and links below a folder; links are named, never followed, not even the folder itself. */
async function walk(folder: string): Promise<string[]> {
  const stat = await lstat(folder).catch(() => null);
  if (stat === null) return [];
  if (!stat.isDirectory()) return [folder];
  const found: string[] = [];
  const open = [folder];
  for (let at = open.pop(); at !== undefined && found.length < MAX_ENTRIES; at = open.pop()) {
    for (const entry of await readdir(at, { withFileTypes: true }).catch(() => [])) {
      (entry.isDirectory() ? open : found).push(join(at, entry.name));
    }
  }
  return found.sort();
}

export interface BlobStore {
  keep(content: Buffer): Promise<string>;
  read(hash: string): Promise<Buffer>;
}

export function createBlobStore(folder: string): BlobStore {
  return {
    keep: async (content) => {
      const hash = createHash('sha256').update(content).digest('hex');
      const path = join(folder, hash);
      if (!(await exists(path))) await writeAside(path, content);
      return hash;
    },
    read: (hash) => readFile(join(folder, basename(hash))),
  };
}

/** Puts a file back as it was. What stands in its place goes, without following links. */
export async function putBack(file: GuardedFile, content: Buffer | null): Promise<void> {
  const there = await lstat(file.path).catch(() => null);
  if (there?.isDirectory() || file.mode === -1) await rm(file.path, { recursive: true, force: true });
  if (file.mode === -1 && file.content !== SPECIAL) {
    await mkdir(dirname(file.path), { recursive: true });
    await symlink(file.content, file.path);
  } else if (content !== null) {
    await writeAside(file.path, content, file.mode);
  }
}

export const takeAway = (path: string): Promise<void> => rm(path, { force: true });

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../../base/result.ts';
import type { Commit } from '../../../domain/loop/model.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import type { Discovered } from '../discover.ts';
import { isRealFolder } from '../files.ts';
import { exists, type Harness } from '../harness.ts';
import { gitlinksOf, type Gitlink } from './gitlinks.ts';

/** A submodule of a commit, also one inside another. */
export interface Module {
  /** Forward slashes, relative to the superproject's root. */
  readonly path: string;
  readonly commit: Commit;
  /** Where its commit can be read; null where the user's checkout does not have it. */
  readonly store: { readonly gitDir: string; readonly harness: Harness } | null;
}

/** Where the user has the submodules of a repository. */
export interface ModulePlace {
  readonly checkout: string;
  /** Git directories with a folder `modules`; the first that has a submodule counts. */
  readonly gitDirs: readonly string[];
}

/** A linked worktree of the user's has submodules of its own, and may lack those of the main checkout. */
export const modulePlace = (found: Pick<Discovered, 'root' | 'gitDir' | 'commonDir'>): ModulePlace => ({
  checkout: found.root,
  gitDirs: [...new Set([found.gitDir, found.commonDir])],
});

/** Submodules inside submodules beyond this are a loop, not a project. */
const MAX_DEPTH = 10;

/**
 * The submodules of a commit, outer ones before those inside them. Of the user's git directories nothing but objects
 * is read, and none is looked for anywhere but where git itself puts it.
 */
export async function modulesOf(
  harness: Harness,
  place: ModulePlace,
  commit: Commit,
): Promise<Result<readonly Module[], GitError>> {
  return within(harness, { place, commit, prefix: '', depth: 0 });
}

interface Level {
  readonly place: ModulePlace;
  readonly commit: Commit;
  readonly prefix: string;
  readonly depth: number;
}

async function within(
  harness: Harness,
  { place, commit, prefix, depth }: Level,
): Promise<Result<readonly Module[], GitError>> {
  const links = await gitlinksOf(harness, commit);
  if (!links.ok) return links;
  const modules: Module[] = [];
  for (const link of links.value) {
    const path = `${prefix}${link.path}`;
    const store = await storeOf(harness, place, link);
    modules.push({ path, commit: link.oid, store });
    if (store === null || depth === MAX_DEPTH) continue;
    const inner = await within(store.harness, {
      place: { checkout: join(place.checkout, link.path), gitDirs: [store.gitDir] },
      commit: link.oid,
      prefix: `${path}/`,
      depth: depth + 1,
    });
    if (!inner.ok) return inner;
    modules.push(...inner.value);
  }
  return ok(modules);
}

/** The first git directory that has the commit: `modules/<name>`, or an old one inside the submodule's own folder. */
async function storeOf(harness: Harness, place: ModulePlace, link: Gitlink): Promise<Module['store']> {
  const { name } = link;
  const named = name === null ? [] : place.gitDirs.map((gitDir) => join(gitDir, 'modules', name));
  for (const gitDir of [...named, join(place.checkout, link.path, '.git')]) {
    if (!(await isWholeRepository(gitDir))) continue;
    const reader = harness.reading(gitDir);
    const there = await reader.run(['cat-file', '-e', `${link.oid}^{commit}`], { okCodes: [0, 1, 128] });
    if (there.ok && there.value.code === 0) return { gitDir, harness: reader };
  }
  return null;
}

/** Reached through no link, so that a name leads nowhere else; objects that only a server has are none. */
async function isWholeRepository(gitDir: string): Promise<boolean> {
  if (!(await isRealFolder(gitDir)) || !(await exists(join(gitDir, 'HEAD')))) return false;
  const packs = await readdir(join(gitDir, 'objects', 'pack')).catch(() => []);
  return !packs.some((name) => name.endsWith('.promisor'));
}

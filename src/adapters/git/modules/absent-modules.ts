import { join } from 'node:path';
import type { Discovered } from '../discover.ts';
import type { GitProcess } from '../git-process.ts';
import { exists } from '../harness.ts';
import { gitlinksOf, type Gitlink } from './gitlinks.ts';
import { modulePlace } from './modules-of.ts';

/** Submodules of HEAD that were never initialised in the checkout. Makes nothing, unlike a harness. */
export async function absentModules(git: GitProcess, found: Discovered): Promise<readonly string[]> {
  const reader: Parameters<typeof gitlinksOf>[0] = {
    run: (args, { maxBytes } = {}) =>
      git.run(args, { cwd: found.root, ...(maxBytes === undefined ? {} : { maxBytes }) }),
  };
  const links = await gitlinksOf(reader, found.head);
  if (!links.ok) return [];
  const absent: string[] = [];
  for (const link of links.value) if (!(await isThere(found, link))) absent.push(link.path);
  return absent;
}

async function isThere(found: Discovered, { path, name }: Gitlink): Promise<boolean> {
  const { checkout, gitDirs } = modulePlace(found);
  const named = name === null ? [] : gitDirs.map((gitDir) => join(gitDir, 'modules', name, 'HEAD'));
  for (const place of [join(checkout, path, '.git'), ...named]) if (await exists(place)) return true;
  return false;
}

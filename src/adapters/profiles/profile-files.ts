import { existsSync } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { profileKey, type ProfileOrigin } from '../../domain/agents/profile.ts';
import type { ListedProfile, ProfileFolders } from '../../ports/agent-profiles.ts';
import { parseAgentProfile } from '../../protocol/agent-profile.ts';

/** The strongest first. */
const REPOSITORY_FOLDERS = ['.cfn/agents', '.claude/agents', '.agentflow/agents'] as const;

const ENDINGS = ['.md', '.json'];
const MAX_BYTES = 1_000_000;
const MAX_DEPTH = 8;

/** `personal`: the folder of the person's own profiles; it need not exist. */
export async function listProfiles(
  folders: ProfileFolders,
  personal: string | null,
): Promise<readonly ListedProfile[]> {
  const root = folders.repository === null ? null : repositoryRoot(folders.repository);
  const within = (folder: string) => root !== null && isWithin(root, folder);
  const places =
    folders.only === undefined
      ? [
          ...(root === null ? [] : REPOSITORY_FOLDERS.map((name) => join(root, ...name.split('/')))),
          ...(personal === null ? [] : [personal]),
        ]
      : [folders.only];
  const found: ListedProfile[] = [];
  for (const folder of places) {
    const origin: ProfileOrigin = within(folder) ? 'repository' : 'personal';
    for (const path of await profileFiles(folder)) {
      const profile = await readProfile(path, { origin, root });
      if (profile) found.push(profile);
    }
  }
  return markHidden(found);
}

/** The nearest folder upwards with a `.git`, else the folder itself. */
function repositoryRoot(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return folder;
  }
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** By path; links to folders are not followed. */
async function profileFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter(
      (entry) => !entry.isDirectory() && ENDINGS.some((ending) => entry.name.toLowerCase().endsWith(ending)),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => relative(folder, path).split(sep).length <= MAX_DEPTH)
    .sort();
}

interface Place {
  readonly origin: ProfileOrigin;
  readonly root: string | null;
}

async function readProfile(path: string, { origin, root }: Place): Promise<ListedProfile | null> {
  const name = path.slice(path.lastIndexOf(sep) + 1);
  const inside = root !== null && origin === 'repository';
  const place = {
    path,
    shownPath: inside ? relative(root, path).split(sep).join('/') : path,
    origin,
    hiddenBy: null,
  };
  const unreadable = (message: string): ListedProfile => {
    const id = name.replace(/\.[^.]*$/, '');
    const nothing = { description: '', provider: null, model: null, instructions: '' };
    return { id, name: id, ...nothing, ...place, warnings: [{ line: 1, message }] };
  };
  try {
    // What a link of a repository points to would end up in prompts.
    if (inside && !isWithin(await realpath(root), await realpath(path))) {
      return unreadable('The file lies outside of the repository and was not read.');
    }
    const found = await stat(path);
    if (!found.isFile()) return null;
    if (found.size > MAX_BYTES) return unreadable('The file is larger than 1 MB and was not read.');
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
    const profile = parseAgentProfile(name, text);
    return profile === null ? null : { ...profile, ...place };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it is not UTF-8';
    return unreadable(`The file could not be read (${code}).`);
  }
}

/** The first one with an id is meant by it. */
function markHidden(profiles: readonly ListedProfile[]): readonly ListedProfile[] {
  const first = new Map<string, string>();
  return profiles.map((profile) => {
    const key = profileKey(profile.id);
    const hiddenBy = first.get(key) ?? null;
    if (hiddenBy === null) {
      first.set(key, profile.shownPath);
      return profile;
    }
    const message = `The id "${profile.id}" is already that of ${hiddenBy}.`;
    return { ...profile, hiddenBy, warnings: [...profile.warnings, { line: 1, message }] };
  });
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import { parseAgentProfile } from '../protocol/agent-profile.ts';

export interface ListedProfile {
  readonly id: string;
  readonly name: string;
  /** Absolute: where the profile comes from. */
  readonly path: string;
  readonly warnings: readonly string[];
}

const ENDINGS = ['.md', '.json'];
const MAX_BYTES = 1_000_000;
const MAX_DEPTH = 8;

/** Profiles below a folder, by path; links to folders are not followed. */
export async function readProfiles(folder: string): Promise<Result<readonly ListedProfile[], string>> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return err(`--profiles is ${shown(folder)}; it takes a folder that exists.`);
  const files = await profileFiles(folder);
  const profiles: ListedProfile[] = [];
  for (const path of files) {
    const profile = await readProfile(path);
    if (profile) profiles.push(profile);
  }
  return ok(markDuplicates(profiles, folder));
}

async function profileFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(
      (entry) => !entry.isDirectory() && ENDINGS.some((ending) => entry.name.toLowerCase().endsWith(ending)),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => relative(folder, path).split(sep).length <= MAX_DEPTH)
    .sort();
}

async function readProfile(path: string): Promise<ListedProfile | null> {
  const name = path.slice(path.lastIndexOf(sep) + 1);
  const unreadable = (why: string) => {
    const id = name.replace(/\.[^.]*$/, '');
    return { id, name: id, path, warnings: [why] };
  };
  try {
    if ((await stat(path)).size > MAX_BYTES)
      return unreadable('The file is larger than 1 MB and was not read.');
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
    const { id, name: title, warnings } = parseAgentProfile(name, text) ?? {};
    return id === undefined || title === undefined
      ? null
      : { id, name: title, path, warnings: warnings ?? [] };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it is not UTF-8';
    return unreadable(`The file could not be read (${code}).`);
  }
}

/** Ids are compared without case, as those of agents are. */
function markDuplicates(profiles: readonly ListedProfile[], folder: string): readonly ListedProfile[] {
  const first = new Map<string, string>();
  return profiles.map((profile) => {
    const key = profile.id.toLowerCase();
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, profile.path);
      return profile;
    }
    const warning = `The id "${profile.id}" is already that of ${relative(folder, other)}.`;
    return { ...profile, warnings: [...profile.warnings, warning] };
  });
}

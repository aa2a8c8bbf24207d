import { createHash } from 'node:crypto';
import { fields } from './parse.ts';
import type { GitProcess } from './git-process.ts';

/** By file, then by key: a hash of the key's values, which may be secrets. */
export type GlobalConfig = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * The user's own configuration outside of any repository, with what it includes. Reading it runs nothing. Null
 * when git cannot read it: then no other git command of theirs works either, which is told elsewhere.
 */
export async function readGlobalConfig(git: GitProcess, root: string): Promise<GlobalConfig | null> {
  const args = ['config', '--list', '-z', '--includes', '--show-scope', '--show-origin'];
  const listed = await git.run(args, { cwd: root });
  if (!listed.ok) return null;
  const values = new Map<string, Map<string, string[]>>();
  const parts = fields(listed.value.stdout.toString('utf8'));
  for (let at = 0; at + 2 < parts.length; at += 3) {
    const [scope, origin = '', entry = ''] = parts.slice(at, at + 3);
    if (scope !== 'global' || !origin.startsWith('file:')) continue;
    const cut = entry.indexOf('\n');
    const key = cut < 0 ? entry : entry.slice(0, cut);
    const file = origin.slice('file:'.length);
    const keys = values.get(file) ?? new Map<string, string[]>();
    values.set(file, keys.set(key, [...(keys.get(key) ?? []), entry]));
  }
  const hash = (entries: readonly string[]) =>
    createHash('sha256').update(entries.join('\0')).digest('hex').slice(0, 32);
  return Object.fromEntries(
    Array.from(values, ([file, keys]) => [
      file,
      Object.fromEntries(Array.from(keys, ([key, entries]) => [key, hash(entries)])),
    ]),
  );
}

/** One sentence for each file whose keys differ; comments and order between keys do not count. */
export function changedGlobalConfig(
  before: GlobalConfig | null,
  now: GlobalConfig | null,
): readonly string[] {
  if (before === null || now === null) return [];
  const files = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return files.flatMap((file) => {
    const [old, next] = [before[file] ?? {}, now[file] ?? {}];
    const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])].sort();
    const changed = keys.filter((key) => old[key] !== next[key]).map(shownKey);
    return changed.length > 0
      ? [`your own git configuration ${file} was changed (${[...new Set(changed)].join(', ')})`]
      : [];
  });
}

/** `url.https://user:token@host/.insteadof` names a secret in its middle part. */
function shownKey(key: string): string {
  const [first, last] = [key.indexOf('.'), key.lastIndexOf('.')];
  return first < last && key.slice(first, last).includes('@')
    ? `${key.slice(0, first)}.….${key.slice(last + 1)}`
    : key;
}

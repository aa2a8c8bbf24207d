import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Harness } from './harness.ts';
import { parseConfig, type ConfigEntry } from './parse.ts';

const isBranch = ({ key }: ConfigEntry): boolean => key.startsWith('branch.');
const line = ({ key, value }: ConfigEntry): string => JSON.stringify([key, value]);

/** Entries of one configuration file, without following its includes; null when git cannot read it. */
async function entriesOf(harness: Harness, content: Buffer): Promise<ConfigEntry[] | null> {
  const listed = await harness.run(['config', '--file', '-', '--no-includes', '--list', '-z'], {
    stdin: content,
  });
  return listed.ok ? parseConfig(listed.value.stdout.toString('utf8')) : null;
}

/**
 * Compares two versions of a configuration file. `keys` are those that differ outside `branch.*`, which people and
 * editors write all the time; `restored` is the old version with the new one's `branch.*` entries.
 */
export async function compareConfig(
  harness: Harness,
  before: Buffer,
  after: Buffer,
): Promise<{ readonly keys: readonly string[]; readonly restored: Buffer }> {
  const [old, now] = [await entriesOf(harness, before), await entriesOf(harness, after)];
  if (old === null || now === null) return { keys: ['unreadable'], restored: before };
  const keys = differing(
    old.filter((entry) => !isBranch(entry)),
    now.filter((entry) => !isBranch(entry)),
  );
  const branchesDiffer = differing(old.filter(isBranch), now.filter(isBranch)).length > 0;
  if (keys.length === 0 || !branchesDiffer) return { keys, restored: before };
  return { keys, restored: (await withBranches(harness, before, { old, now })) ?? before };
}

/** Order counts within a key, as it does for git. */
function differing(old: readonly ConfigEntry[], now: readonly ConfigEntry[]): string[] {
  const keys = new Set([...old, ...now].map(({ key }) => key));
  const values = (entries: readonly ConfigEntry[], key: string) =>
    entries
      .filter((entry) => entry.key === key)
      .map(line)
      .join('\n');
  return [...keys].filter((key) => values(old, key) !== values(now, key)).sort();
}

async function withBranches(
  harness: Harness,
  before: Buffer,
  entries: { readonly old: readonly ConfigEntry[]; readonly now: readonly ConfigEntry[] },
): Promise<Buffer | null> {
  return harness.withScratch(async (scratch) => {
    const file = join(scratch, 'config');
    await writeFile(file, before);
    const config = (args: readonly string[]) =>
      harness.run(['config', '--file', file, ...args], { okCodes: [0, 5] });
    for (const key of new Set(entries.old.filter(isBranch).map((entry) => entry.key))) {
      if (!(await config(['--unset-all', key])).ok) return null;
    }
    for (const { key, value } of entries.now.filter(isBranch)) {
      if (!(await config(['--add', key, value ?? 'true'])).ok) return null;
    }
    const restored = await readFile(file);
    return restored;
  });
}

import { ok, type Result } from '../../base/result.ts';
import { changedLines, type LineRange } from '../../domain/review/collisions.ts';
import { readPlaces } from '../../domain/review/hunks.ts';
import type { FileChange, GitError } from '../../ports/worktrees.ts';
import type { Harness } from './harness.ts';

/** Files looked into at once, and the characters of all their names: less than any system takes as arguments. */
const MOST_FILES = 50;
const MOST_CHARACTERS = 16_000;
/** A file with more changed lines, or more places, is one where everything changed. */
const MOST_LINES = 20_000;
const MOST_RANGES = 500;
const MOST_BYTES = 4 * 1024 * 1024;

interface Between {
  readonly from: string;
  readonly to: string;
  readonly scratchObjects: string;
}

/** The changed lines of `from` by file; those missing are no text, or more than is worth looking at. */
export async function changedRanges(
  harness: Harness,
  { from, to, scratchObjects }: Between,
  files: readonly FileChange[],
): Promise<Result<ReadonlyMap<string, readonly LineRange[]>, GitError>> {
  const paths = worthALook(files);
  if (paths.length === 0) return ok(new Map());
  const args = ['diff-tree', '-r', '-p', '--unified=0', '--no-renames', '--no-color', '--no-ext-diff'];
  const patch = await harness.run([...args, '--no-textconv', from, to, '--', ...paths], {
    scratchObjects,
    maxBytes: MOST_BYTES,
  });
  if (!patch.ok) return patch;
  const sections = sectionsOf(patch.value.stdout.toString('latin1'));
  if (!patch.value.cut && sections.length !== paths.length) return ok(new Map());
  const whole = patch.value.cut ? sections.slice(0, -1) : sections;
  // git tells of files in the order of its trees, whatever order they were asked for.
  const ranges = paths.flatMap((path, at) => {
    const section = whole[at];
    const lines = section === undefined ? null : changedLines(readPlaces(section));
    return lines && lines.length <= MOST_RANGES ? [[path, lines] as const] : [];
  });
  return ok(new Map(ranges));
}

/** In git's order: by the bytes of the whole path. */
function worthALook(files: readonly FileChange[]): readonly string[] {
  let characters = 0;
  const texts = files.filter(
    ({ status, added, removed }) =>
      (status === 'modified' || status === 'added' || status === 'deleted') &&
      added !== null &&
      added + (removed ?? 0) > 0 &&
      added + (removed ?? 0) <= MOST_LINES,
  );
  const paths = texts.slice(0, MOST_FILES).flatMap(({ path }) => {
    characters += path.length;
    return characters <= MOST_CHARACTERS ? [path] : [];
  });
  return paths.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

/** Content lines begin with "+", "-" or a backslash, so no content looks like the head of a file. */
const sectionsOf = (patch: string): readonly string[] =>
  patch.split(/(?<![^\n])diff --git [^\n]*\n/).slice(1);

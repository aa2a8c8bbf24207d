import { createHash } from 'node:crypto';
import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import {
  fileHunk,
  lineHunks,
  readPlaces,
  splitLines,
  type FileHunks,
  type Hunk,
  type HunkPlace,
  type WholeReason,
} from '../../domain/review/hunks.ts';
import type { ComparedFile, FileSide, GitError, Repository } from '../../ports/worktrees.ts';
import { refused } from './git-process.ts';
import type { Harness } from './harness.ts';
import { keptAnswers } from './kept-answers.ts';
import type { ObjectReader } from './object-reader.ts';
import { GITLINK } from './parse.ts';
import { comparedFiles } from './tree.ts';

/** One file's change with what is needed to take it apart. */
export interface ChangedText {
  readonly hunks: FileHunks;
  readonly file: ComparedFile;
  /** Bytes as latin1; null where the file is only taken or left as a whole. */
  readonly before: string | null;
}

/** A text larger than this is taken or left as a whole. */
const LARGEST_TEXT = 8 * 1024 * 1024;

/** Of a deleted file the old one. */
export const pathOf = ({ before, after }: ComparedFile): string => (after ?? before)?.path ?? '';

export type ReadBlob = (oid: string) => Promise<Result<Buffer, GitError>>;

/** Takes a changed file apart. Equal changes give equal hunks, whichever commits they are between. */
export async function changedText(
  harness: Harness,
  file: ComparedFile,
  read: ReadBlob = blobOf(harness),
): Promise<Result<ChangedText, GitError>> {
  const byMode = wholeByMode(file);
  if (byMode !== null) return ok(wholeFile(file, byMode));
  const before = await readSide(read, file.before);
  if (!before.ok) return before;
  const after = await readSide(read, file.after);
  if (!after.ok) return after;
  const byText = wholeByText(before.value, after.value);
  if (byText !== null) return ok(wholeFile(file, byText));
  const places = await placesOf(harness, file, after.value);
  if (!places.ok) return places;
  const texts = { before: before.value, after: after.value };
  const lines = lineHunks({ path: pathOf(file), places: places.value, ...texts, hash: sha256 });
  if (lines.length === 0 && file.before === null) return ok(wholeFile(file, 'empty'));
  return ok({ file, before: before.value, hunks: describe(file, null, [...headOf(file), ...lines]) });
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const describe = (file: ComparedFile, whole: WholeReason | null, hunks: readonly Hunk[]): FileHunks => ({
  path: pathOf(file),
  from: oldName(file),
  status: file.status,
  whole,
  hunks,
});

const oldName = ({ before, after }: ComparedFile): string | null =>
  before && after && before.path !== after.path ? before.path : null;

function wholeFile(file: ComparedFile, whole: WholeReason): ChangedText {
  const facts = [file.before, file.after].flatMap((side) => (side ? [side.path, side.mode, side.oid] : ['']));
  return { file, before: null, hunks: describe(file, whole, [fileHunk(facts, sha256)]) };
}

/** A new name or mode of a file is chosen apart from its lines. */
function headOf(file: ComparedFile): readonly Hunk[] {
  const { before, after } = file;
  if (!before || !after || (before.path === after.path && before.mode === after.mode)) return [];
  return [fileHunk([before.path, before.mode, after.path, after.mode], sha256)];
}

const LINK = '120000';

function wholeByMode({ status, before, after }: ComparedFile): WholeReason | null {
  const has = (mode: string): boolean => before?.mode === mode || after?.mode === mode;
  if (has(GITLINK)) return 'submodule';
  if (status === 'type-changed') return 'type';
  if (has(LINK)) return 'link';
  return after === null ? 'deleted' : null;
}

const LFS = 'version https://git-lfs.github.com/spec/';
/** As far as git itself looks for a zero byte. */
const BINARY_PREFIX = 8000;

function wholeByText(before: string, after: string): WholeReason | null {
  const either = (is: (text: string) => boolean): boolean => is(before) || is(after);
  if (either((text) => text.slice(0, BINARY_PREFIX).includes('\0'))) return 'binary';
  if (either((text) => text.startsWith(LFS))) return 'lfs';
  return either((text) => text.length > LARGEST_TEXT) ? 'large' : null;
}

async function readSide(read: ReadBlob, side: FileSide | null): Promise<Result<string, GitError>> {
  if (side === null) return ok('');
  const blob = await read(side.oid);
  return blob.ok ? ok(blob.value.toString('latin1')) : blob;
}

/** By a git of its own. */
const blobOf =
  (harness: Harness): ReadBlob =>
  async (oid) => {
    const blob = await harness.run(['cat-file', 'blob', oid]);
    return blob.ok ? ok(blob.value.stdout) : blob;
  };

/** By the git that stays: a person who goes from file to file waits for each. */
const blobBy =
  (reader: ObjectReader): ReadBlob =>
  async (oid) => {
    const blob = await reader.contents(oid);
    if (!blob.ok) return blob;
    return blob.value ? ok(blob.value) : err(refused(`The object ${oid} is not in the repository.`));
  };

/** Where the blobs differ, as git sees it. Named by their objects, no attribute of the tree speaks into it. */
async function placesOf(
  harness: Harness,
  { before, after }: ComparedFile,
  text: string,
): Promise<Result<readonly HunkPlace[], GitError>> {
  if (before === null || after === null) return ok(allLines(text));
  if (before.oid === after.oid) return ok([]);
  const args = ['diff', '--unified=0', '--diff-algorithm=myers', '--no-color', '--no-ext-diff'];
  const patch = await harness.run([...args, '--no-textconv', '--text', before.oid, after.oid]);
  return patch.ok ? ok(readPlaces(patch.value.stdout.toString('latin1'))) : patch;
}

function allLines(text: string): HunkPlace[] {
  const count = splitLines(text).length;
  return count === 0 ? [] : [{ before: [0, 0], after: [0, count] }];
}

/** Which files differ is asked once for each of the pairs of commits that were looked at last. */
const KEPT_PAIRS = 4;

const pairOf = keptAnswers(KEPT_PAIRS, (harness: Harness, from: Commit, to: Commit) =>
  comparedFiles(harness, { from, to }),
);

export function createHunkReader(harness: Harness, reader: ObjectReader): Repository['hunks'] {
  const read = blobBy(reader);
  return async (from, to, path) => {
    const files = await pairOf(harness, from, to);
    if (!files.ok) return files;
    const file = files.value.find((each) => pathOf(each) === path);
    if (!file) return ok(null);
    const changed = await changedText(harness, file, read);
    return changed.ok ? ok(changed.value.hunks) : changed;
  };
}

/**
 * Which part of a commit a worktree contains, in the terms of `git sparse-checkout` in cone mode: whole folders, and
 * the files that lie beside them on the way down from the root. Paths have forward slashes and begin at the root.
 */

/** Folders, none of them in another one. */
export type Cone = readonly string[];

/** Set-up scripts, configuration and profiles: a loop needs them wherever agents work. */
const OURS = '.cfn';

/** A NUL, a line end or a backslash could not stand in a pattern; the rest would be one. */
const NO_NAME = /[\p{Cc}\\*?[\]]/u;
const DRIVE = /^[a-z]:/i;

/**
 * Reads folders as people write them, with `./` before and `/` after them. Null where one of them is none: absolute,
 * with `..`, a pattern, or empty. Where the root itself is among them, that is everything, and the list is empty.
 */
export function readFolders(texts: readonly string[]): readonly string[] | null {
  const folders = texts.map(clean);
  if (folders.length === 0 || !folders.every((folder) => folder === '.' || isFolder(folder))) return null;
  return folders.includes('.') ? [] : [...new Set(folders)];
}

function clean(text: string): string {
  const trimmed = text.trim();
  return trimmed === './' ? '.' : trimmed.replace(/^(\.\/)+(?=.)/, '').replace(/(?<=[^/])\/$/, '');
}

const isFolder = (folder: string): boolean =>
  !NO_NAME.test(folder) && !DRIVE.test(folder) && folder.split('/').every(isName);

const isName = (name: string): boolean => !['', '.', '..', '.git'].includes(name.toLowerCase());

/** `prefix`: the folder that agents stand in, '' at the root. */
export function coneOf(folders: readonly string[], prefix: string): Cone {
  const all = [...new Set([...folders, OURS, ...(prefix === '' ? [] : [prefix])])].sort();
  return all.filter((folder) => !all.some((other) => folder.startsWith(`${other}/`)));
}

/** Folders from the root down to the one that a path is in, the root being ''. */
export function foldersAbove(path: string): readonly string[] {
  const names = path.split('/').slice(0, -1);
  return ['', ...names.map((_, at) => names.slice(0, at + 1).join('/'))];
}

/** Whether a file is in the cone. */
export function coneTest(cone: Cone): (path: string) => boolean {
  const whole = new Set(cone);
  const onTheWay = new Set(cone.flatMap(foldersAbove));
  return (path) => {
    const folders = foldersAbove(path);
    return onTheWay.has(folders.at(-1) ?? '') || folders.some((folder) => whole.has(folder));
  };
}

/** `info/sparse-checkout` as git itself writes it. */
export function conePatterns(cone: Cone): string {
  const between = [...new Set(cone.flatMap(foldersAbove))].filter((folder) => folder !== '').sort();
  return [
    '/*',
    '!/*/',
    ...between.flatMap((folder) => [`/${folder}/`, `!/${folder}/*/`]),
    ...cone.map((folder) => `/${folder}/`),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

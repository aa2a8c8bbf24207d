import type { ComparedFile } from '../../ports/worktrees.ts';
import { pathOf } from './file-words.ts';

export interface Folder {
  readonly kind: 'folder';
  /** From the root, without a slash at its end. */
  readonly path: string;
  /** Its own name, with those of folders above that hold nothing else. */
  readonly name: string;
  /** All files below it. */
  readonly files: readonly ComparedFile[];
}
export type FolderEntry = Folder | { readonly kind: 'file'; readonly file: ComparedFile };

/** What stands in a folder: its folders first, each list by name. `files` are all those below it. */
export function entriesOf(files: readonly ComparedFile[], above: string): readonly FolderEntry[] {
  const skip = above === '' ? 0 : above.length + 1;
  const folders = new Map<string, ComparedFile[]>();
  const own: ComparedFile[] = [];
  for (const file of files) {
    const path = pathOf(file);
    const slash = path.indexOf('/', skip);
    if (slash < 0) {
      own.push(file);
      continue;
    }
    const folder = path.slice(0, slash);
    const known = folders.get(folder);
    if (known) known.push(file);
    else folders.set(folder, [file]);
  }
  const byName = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
  return [
    ...[...folders]
      .sort(([one], [other]) => byName(one, other))
      .map(([path, below]) => compact(path, below, skip)),
    ...own
      .toSorted((one, other) => byName(pathOf(one), pathOf(other)))
      .map((file) => ({ kind: 'file', file }) as const),
  ];
}

/** A folder that holds one folder alone is one row with it. */
function compact(path: string, files: readonly ComparedFile[], skip: number): Folder {
  let deepest = path;
  for (;;) {
    const from = deepest.length + 1;
    const [first] = files;
    const slash = first ? pathOf(first).indexOf('/', from) : -1;
    const next = first && slash >= 0 ? pathOf(first).slice(0, slash + 1) : null;
    if (next === null || !files.every((file) => pathOf(file).startsWith(next))) break;
    deepest = next.slice(0, -1);
  }
  return { kind: 'folder', path: deepest, name: deepest.slice(skip), files };
}

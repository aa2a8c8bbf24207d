import { lstat } from 'node:fs/promises';
import { join } from 'node:path';

/** What is at a submodule's path: its folder, nothing, or something that stands in the place of it or of one above. */
export type ModuleFolder =
  | { readonly kind: 'folder' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'other'; readonly path: string };

export async function folderAt(workTree: string, path: string): Promise<ModuleFolder> {
  for (const above of pathsTo(path)) {
    const found = await lstat(join(workTree, above)).catch(() => null);
    if (found === null) return { kind: 'nothing' };
    if (!found.isDirectory()) return { kind: 'other', path: above };
  }
  return { kind: 'folder' };
}

/** `a/b/c`: `a`, `a/b`, `a/b/c`. */
const pathsTo = (path: string): readonly string[] =>
  path.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/'));

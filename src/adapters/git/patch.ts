import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../base/result.ts';
import type { GitError, PatchRequest } from '../../ports/worktrees.ts';
import type { Harness } from './harness.ts';
import { commitTree, treeOf } from './tree.ts';

/**
 * The whole difference as one mail that `git am` and `git apply` take. Its commit exists for the length of this call
 * alone, in a folder of objects of its own; equal requests give equal bytes.
 */
export function mailPatch(harness: Harness, request: PatchRequest): Promise<Result<Uint8Array, GitError>> {
  return harness.withScratch(async (folder) => {
    const scratchObjects = join(folder, 'objects');
    await mkdir(scratchObjects);
    const tree = await treeOf(harness, request.to);
    if (!tree.ok) return tree;
    const commit = await commitTree(harness, {
      tree: tree.value,
      parents: [request.from],
      message: request.message,
      at: Math.floor(request.at / 1000),
      scratchObjects,
    });
    if (!commit.ok) return commit;
    const args = ['format-patch', '--stdout', '-1', '--binary', '--full-index', '--no-signature'];
    const patch = await harness.run([...args, '--no-ext-diff', '--no-textconv', '--no-color', commit.value], {
      scratchObjects,
    });
    return patch.ok ? ok(new Uint8Array(patch.value.stdout)) : patch;
  });
}

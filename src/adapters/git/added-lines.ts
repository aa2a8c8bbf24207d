import { ok, type Result } from '../../base/result.ts';
import { readAddedLines } from '../../domain/added-lines.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { AddedLines, GitError } from '../../ports/worktrees.ts';
import type { Harness } from './harness.ts';

/** Without renames: a moved file is searched as a whole. */
export async function addedLines(
  harness: Harness,
  { from, to, maxBytes }: { readonly from: Commit; readonly to: Commit; readonly maxBytes: number },
): Promise<Result<AddedLines, GitError>> {
  const args = ['diff-tree', '-r', '-p', '--unified=0', '--no-renames', '--no-color', '--no-ext-diff'];
  const prefixes = ['--no-textconv', '--src-prefix=a/', '--dst-prefix=b/'];
  const patch = await harness.run([...args, ...prefixes, from, to], { maxBytes });
  if (!patch.ok) return patch;
  const { stdout, cut } = patch.value;
  return ok({ files: readAddedLines(stdout.toString('latin1')), truncated: cut });
}

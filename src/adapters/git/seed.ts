import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { GitError } from '../../ports/worktrees.ts';
import { refused, text } from './git-process.ts';
import type { Harness } from './harness.ts';
import type { TaskContext } from './task-context.ts';
import { commitTree, overlay, timeOf } from './tree.ts';

/** A commit like `commit`, parents and message too, but for one file. No ref names it, so nothing ever takes it for work. */
export async function seed(
  { harness }: TaskContext,
  { commit, path, content }: { readonly commit: Commit; readonly path: string; readonly content: string },
): Promise<Result<Commit, GitError>> {
  const listed = await harness.run(['ls-tree', '--full-tree', commit, '--', path]);
  if (!listed.ok) return listed;
  const mode = /^(100\d{3}) blob /.exec(text(listed.value))?.[1];
  if (mode === undefined) return err(refused(`${path} is no file of ${commit}.`));
  const oid = await harness.line(['hash-object', '-w', '-t', 'blob', '--stdin'], {
    stdin: Buffer.from(content),
  });
  if (!oid.ok) return oid;
  const tree = await overlay(harness, commit, [{ path, entry: `${mode} ${oid.value}` }]);
  if (!tree.ok) return tree;
  const like = await headOf(harness, commit);
  return like.ok ? commitTree(harness, { tree: tree.value, ...like.value }) : like;
}

async function headOf(harness: Harness, commit: Commit) {
  const at = await timeOf(harness, commit);
  if (!at.ok) return at;
  const shown = await harness.run(['show', '-s', '--no-show-signature', '--format=%P%n%B', commit]);
  if (!shown.ok) return shown;
  const [parents = '', ...message] = text(shown.value).split('\n');
  return ok({
    parents: parents.split(' ').filter((parent) => parent !== ''),
    message: message.join('\n'),
    at: at.value,
  });
}

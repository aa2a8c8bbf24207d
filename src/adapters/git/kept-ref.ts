import type { Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { GitError } from '../../ports/worktrees.ts';
import type { TaskContext } from './task-context.ts';

/** What we make in the user's repository is in the ledger before it is there. */
export const recordRef = (
  { ledger, taskId }: Pick<TaskContext, 'ledger' | 'taskId'>,
  ref: string,
): Promise<void> => ledger.record({ kind: 'ref', id: `ref:${ref}`, taskId, ref });

/** Points a ref of ours at a commit, wherever it pointed before. */
export async function keepRef(
  context: Pick<TaskContext, 'ledger' | 'taskId' | 'user'>,
  ref: string,
  commit: Commit,
): Promise<Result<void, GitError>> {
  await recordRef(context, ref);
  return context.user.setRef(ref, commit, 'force');
}

import { ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import type { LoopConfig } from '../domain/loop/config.ts';
import type { CheckoutKind, Repository, Sparse } from '../ports/worktrees.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';

/** What agents of a loop have of each commit; undefined: all of it. */
export const sparseOf = ({ sparse, baseCommit }: LoopConfig): Sparse | undefined =>
  sparse && { folders: sparse, base: baseCommit };

/** A folder that the base does not have is a slip of the pen, and would be an empty worktree. */
export async function checkSparse(
  repository: Pick<Repository, 'missingFolders'>,
  config: LoopConfig,
): Promise<Result<LoopConfig, LoopError>> {
  const { sparse, baseCommit } = config;
  if (sparse === undefined) return ok(config);
  const missing = await repository.missingFolders(baseCommit, sparse);
  if (!missing.ok) return fail('internal', missing.error.message);
  const [first] = missing.value;
  if (first === undefined) return ok(config);
  return fail(
    'input',
    `sparse names ${shown(first)}, which is no folder of the base commit ${baseCommit.slice(0, 12)}; it takes folders that are there, from the root of the repository.`,
  );
}

/** Of the disposable checkouts of judges. */
export const checkoutKind = (config: LoopConfig): CheckoutKind => ({
  sparse: sparseOf(config),
  alone: config.container !== undefined,
});

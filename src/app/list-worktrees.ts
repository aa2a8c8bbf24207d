import { ok, type Result } from '../base/result.ts';
import type { LoopDeps } from './loop-deps.ts';
import { fail } from './loop-error.ts';
import type { LoopError, Worktree } from './loop-service.ts';

/** All worktrees of the repository with the ports that are leased for their branches. */
export async function listWorktrees(
  deps: Pick<LoopDeps, 'repository' | 'portLeases'>,
): Promise<Result<readonly Worktree[], LoopError>> {
  const [listed, leases] = await Promise.all([deps.repository.worktrees(), deps.portLeases.leases()]);
  if (!listed.ok) return fail('internal', `The worktrees could not be listed: ${listed.error.message}`);
  const bases = new Map(leases.map(({ branch, base }) => [branch, base]));
  return ok(
    listed.value.map((worktree) => ({
      ...worktree,
      portBase: (worktree.branch === null ? undefined : bases.get(worktree.branch)) ?? null,
    })),
  );
}

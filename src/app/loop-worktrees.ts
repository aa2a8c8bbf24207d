import { ok, type Result } from '../base/result.ts';
import type { LoopDeps } from './loop-deps.ts';
import { fail, told } from './loop-error.ts';
import type { LoopError, LoopService, Worktree } from './loop-service.ts';
import { repairWorktrees, worktreeFaults } from './worktree-care.ts';

type Deps = Pick<LoopDeps, 'repository' | 'portLeases' | 'ledger' | 'store' | 'logger' | 'files'>;

/** What people see of worktrees, what they keep of one, and what is put right about them. */
export function worktreesOf(
  deps: Deps,
): Pick<LoopService, 'worktrees' | 'rescue' | 'worktreeFaults' | 'repairWorktrees'> {
  return {
    worktrees: () => listWorktrees(deps),
    worktreeFaults: () => worktreeFaults(deps),
    repairWorktrees: () => repairWorktrees(deps),
    rescue: async (taskId, agentId) => told(await deps.repository.task(taskId).rescue(agentId)),
  };
}

/** All of the repository, with the ports that are leased for their branches. */
async function listWorktrees(deps: Deps): Promise<Result<readonly Worktree[], LoopError>> {
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

import { ok, type Result } from '../../base/result.ts';
import type { GitError, ListedWorktree } from '../../ports/worktrees.ts';
import { realPath } from './files.ts';
import type { WorktreeEntry } from './parse.ts';
import type { RepositoryParts } from './repository.ts';

type Parts = Pick<RepositoryParts, 'user' | 'ledger' | 'checkouts'>;

/** What git lists, with whose each is. A branch's name proves nothing: the ledger says what is ours. */
export async function listWorktrees(parts: Parts): Promise<Result<readonly ListedWorktree[], GitError>> {
  const listed = await parts.user.worktrees();
  if (!listed.ok) return listed;
  const entries = await parts.ledger.entries();
  const made = entries.flatMap((entry) => (entry.kind === 'worktree' ? [entry.path] : []));
  const ours = new Set([...made, ...(await Promise.all(made.map(realPath)))]);
  const checkouts = new Set(parts.checkouts.map(({ root }) => root));
  const originOf = async ({ path }: WorktreeEntry): Promise<ListedWorktree['origin']> => {
    const real = await realPath(path);
    if (checkouts.has(real)) return 'checkout';
    return ours.has(path) || ours.has(real) ? 'agent' : 'other';
  };
  const worktrees = listed.value
    .filter(({ bare }) => !bare)
    .map(async (entry) => ({
      path: entry.path,
      branch: entry.branch?.replace(/^refs\/heads\//, '') ?? null,
      origin: await originOf(entry),
      missing: entry.prunable,
      locked: entry.locked,
    }));
  return ok(await Promise.all(worktrees));
}

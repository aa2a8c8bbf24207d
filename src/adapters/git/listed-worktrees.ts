import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../base/result.ts';
import type { LedgerEntry } from '../../ports/journal.ts';
import type { GitError, ListedWorktree } from '../../ports/worktrees.ts';
import { agentOf } from './agent-state.ts';
import { realPath } from './files.ts';
import type { WorktreeEntry } from './parse.ts';
import type { RepositoryParts } from './repository.ts';
import { conditionOf } from './worktree-condition.ts';

type Parts = Pick<RepositoryParts, 'user' | 'ledger' | 'checkouts' | 'home' | 'found'>;

/** What git lists, with whose each is. A branch's name proves nothing: the ledger says what is ours. */
export async function listWorktrees(parts: Parts): Promise<Result<readonly ListedWorktree[], GitError>> {
  const listed = await parts.user.worktrees();
  if (!listed.ok) return listed;
  const entries = (await parts.ledger.entries()).filter((entry) => entry.kind === 'worktree');
  const made = entries.map(({ path }) => path);
  const ours = new Set([...made, ...(await Promise.all(made.map(realPath)))]);
  const checkouts = new Set(parts.checkouts.map(({ root }) => root));
  const moved = await movedOnes(parts, entries, listed.value);
  const worktrees = listed.value
    .filter(({ bare }) => !bare)
    .map(async (entry): Promise<ListedWorktree> => {
      const real = await realPath(entry.path);
      const move = moved.find(({ from, to }) => [from, to].includes(entry.path) || to === real) ?? null;
      const isOurs = move !== null || ours.has(entry.path) || ours.has(real);
      return {
        path: entry.path,
        branch: entry.branch?.replace(/^refs\/heads\//, '') ?? null,
        origin: checkouts.has(real) ? 'checkout' : isOurs ? 'agent' : 'other',
        missing: entry.prunable,
        locked: entry.locked,
        moved: move,
      };
    });
  return ok(await Promise.all(worktrees));
}

type Made = Extract<LedgerEntry, { readonly kind: 'worktree' }>;

async function movedOnes(
  { home, found, ledger }: Parts,
  entries: readonly Made[],
  registered: readonly WorktreeEntry[],
): Promise<readonly NonNullable<ListedWorktree['moved']>[]> {
  const { commonDir } = found;
  const moves = entries.map(async ({ id, taskId, path }) => {
    // The ledger may name thousands: only the few that are not there are looked for.
    if ((await lstat(path).catch(() => null)) !== null) return null;
    const place = { taskId, commonDir, ledger, folder: join(home, 'tasks', taskId) };
    const condition = await conditionOf(place, agentOf(id), registered);
    return condition.kind === 'moved' ? { from: path, to: condition.to } : null;
  });
  return (await Promise.all(moves)).filter((move) => move !== null);
}

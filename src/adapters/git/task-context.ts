import type { Clock } from '../../base/clock.ts';
import type { Ids } from '../../base/ids.ts';
import type { Logger } from '../../base/logger.ts';
import type { Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { Ledger } from '../../ports/journal.ts';
import type { GitError } from '../../ports/worktrees.ts';
import type { Harness } from './harness.ts';
import type { Module } from './modules/modules-of.ts';
import type { UserGit } from './user-git.ts';

/** What all parts of a task's git share. */
export interface TaskContext {
  readonly taskId: string;
  /** The task's folder below our home in the state folder. */
  readonly folder: string;
  readonly checkouts: string;
  readonly commonDir: string;
  /** The opened folder relative to the root; it exists in every checkout, even if no file of it is committed. */
  readonly prefix: string;
  readonly harness: Harness;
  /** The submodules of a commit, with what the user's checkout has of them. */
  readonly modules: (commit: Commit) => Promise<Result<readonly Module[], GitError>>;
  readonly user: UserGit;
  readonly ledger: Ledger;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where an agent's worktree belongs when the ledger does not know one. */
  readonly worktreePath: (agentId: string) => string;
  /** Filling folders is bound by the disk: more than two at once are slower than two. */
  readonly populating: Limiter;
}

export type Limiter = <T>(work: () => Promise<T>) => Promise<T>;

export function createLimiter(slots: number): Limiter {
  let free = slots;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

/** One operation at a time for each key. */
export function createKeyedLimiter(): (key: string) => Limiter {
  const limiters = new Map<string, Limiter>();
  return (key) => {
    const limiter = limiters.get(key) ?? createLimiter(1);
    limiters.set(key, limiter);
    return limiter;
  };
}

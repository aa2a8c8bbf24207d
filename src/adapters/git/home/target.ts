import { join } from 'node:path';
import { err, ok, type Result } from '../../../base/result.ts';
import { shown } from '../../../base/shown.ts';
import type { Commit } from '../../../domain/loop/model.ts';
import { branchRef } from '../../../domain/worktree/naming.ts';
import type { HomeRequest, Obstacle } from '../../../ports/home-git.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import type { UserCheckout } from '../dirty.ts';
import { readText, samePath } from '../files.ts';
import { refused, text } from '../git-process.ts';
import { exists } from '../harness.ts';
import type { RepositoryParts } from '../repository.ts';

export interface Target {
  /** Short name; null while HEAD is detached. */
  readonly branch: string | null;
  readonly commit: Commit;
  /** The branch is the one of the opened checkout, or its HEAD itself is meant. */
  readonly here: boolean;
  /** Another worktree that has it checked out. */
  readonly elsewhere: string | null;
}

type Parts = Pick<RepositoryParts, 'user' | 'found' | 'checkouts'>;

const HEADS = 'refs/heads/';

/** The branch, or the detached HEAD, that a result is brought to. */
export async function findTarget(
  parts: Parts,
  { into, way, newBranch }: Pick<HomeRequest, 'into' | 'way' | 'newBranch'>,
): Promise<Result<Target, GitError>> {
  const { user, found } = parts;
  const head = await currentBranch(parts);
  if (into === null && head === null) {
    const commit = await user.readRef('HEAD', found.gitDir);
    if (commit === null) return err(refused(`${found.root} has no commits; commit something first.`));
    if (way !== 'apply' && newBranch === null) {
      return err(refused(`HEAD of ${found.root} is on no branch; name one that takes the result.`));
    }
    return ok({ branch: null, commit, here: true, elsewhere: null });
  }
  const branch = into ?? head ?? '';
  const ref = branchRef(branch);
  const commit = (await isBranchName(parts, branch)) ? await user.readRef(ref) : null;
  if (commit === null) {
    return err(refused(`There is no branch ${shown(branch)}; it takes the name of a local branch.`));
  }
  const symbolic = await user.run(['symbolic-ref', '--quiet', ref], { okCodes: [0, 1, 128] });
  if (symbolic.ok && symbolic.value.code === 0) {
    return err(refused(`${branch} is another name of ${text(symbolic.value)}; take that one.`));
  }
  const worktrees = await user.worktrees();
  if (!worktrees.ok) return worktrees;
  const elsewhere = worktrees.value.find(
    (entry) => entry.branch === ref && !samePath(entry.path, found.root),
  );
  return ok({ branch, commit, here: branch === head, elsewhere: elsewhere?.path ?? null });
}

async function currentBranch({ user, found }: Parts): Promise<string | null> {
  const asked = await user.run(['symbolic-ref', '--quiet', 'HEAD'], {
    gitDir: found.gitDir,
    okCodes: [0, 1, 128],
  });
  const ref = asked.ok && asked.value.code === 0 ? text(asked.value) : '';
  return ref.startsWith(HEADS) ? ref.slice(HEADS.length) : null;
}

async function isBranchName({ user }: Parts, branch: string): Promise<boolean> {
  const checked = await user.run(['check-ref-format', '--branch', branch], { okCodes: [0, 1, 128] });
  return checked.ok && checked.value.code === 0 && text(checked.value) === branch;
}

/** A sentence where a new branch cannot have this name. */
export async function checkNewBranch(parts: Parts, branch: string): Promise<Result<void, GitError>> {
  if (!(await isBranchName(parts, branch))) {
    return err(refused(`The new branch is ${shown(branch)}; it takes a name that git takes for a branch.`));
  }
  if ((await parts.user.readRef(branchRef(branch))) !== null) {
    return err(refused(`The branch ${shown(branch)} is there already; name one that is not.`));
  }
  return ok(undefined);
}

const OPERATIONS: readonly (readonly [
  file: string,
  operation: (Obstacle & { kind: 'operation' })['operation'],
])[] = [
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
];

/** What the user has begun in the checkout and not ended, or does to this branch in any of their checkouts. */
export async function operationUnderWay(
  checkouts: readonly [UserCheckout, ...UserCheckout[]],
  target: Target,
): Promise<Obstacle | null> {
  const [opened] = checkouts;
  if (target.here) {
    for (const [file, operation] of OPERATIONS) {
      if (await exists(join(opened.gitDir, file))) return { kind: 'operation', operation };
    }
  }
  if (target.branch === null) return null;
  for (const { gitDir } of checkouts) {
    for (const folder of ['rebase-merge', 'rebase-apply']) {
      const name = (await readText(join(gitDir, folder, 'head-name')))?.trim();
      if (name === branchRef(target.branch)) return { kind: 'operation', operation: 'rebase' };
    }
  }
  return null;
}

/** Local branches, the checked out one first, without those of loops. */
export async function userBranches(parts: Parts): Promise<Result<readonly string[], GitError>> {
  const refs = await parts.user.refs([HEADS]);
  if (!refs.ok) return refs;
  const head = await currentBranch(parts);
  const names = refs.value
    .map(({ name }) => name.slice(HEADS.length))
    .filter((name) => !name.startsWith('cfn/') && name !== head);
  return ok(head === null ? names : [head, ...names]);
}

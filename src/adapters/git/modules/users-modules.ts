import { join } from 'node:path';
import { ok, type Result } from '../../../base/result.ts';
import type { Commit } from '../../../domain/loop/model.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import type { UserCheckout } from '../dirty.ts';
import { isRealFolder } from '../files.ts';
import { exists, type Harness } from '../harness.ts';
import type { UserGit } from '../user-git.ts';
import { gitlinksOf } from './gitlinks.ts';
import { modulesOf, type ModulePlace } from './modules-of.ts';

/** A submodule that is checked out in the user's checkout. */
export interface UserModule {
  readonly path: string;
  /** The commit that the superproject records. */
  readonly recorded: Commit;
  readonly checkout: UserCheckout;
  readonly harness: Harness;
}

/** Those of a commit, also inside one another. One whose recorded commit the user does not have is left out. */
export async function userModules(
  harness: Harness,
  place: ModulePlace,
  commit: Commit,
): Promise<Result<readonly UserModule[], GitError>> {
  const modules = await modulesOf(harness, place, commit);
  if (!modules.ok) return modules;
  const found: UserModule[] = [];
  for (const { path, commit: recorded, store } of modules.value) {
    const root = join(place.checkout, path);
    // One that was taken out of the checkout still has its objects.
    if (store === null || !(await isRealFolder(root)) || !(await exists(join(root, '.git')))) continue;
    const checkout = { root, gitDir: store.gitDir, ours: null };
    found.push({ path, recorded, checkout, harness: store.harness });
  }
  return ok(found);
}

/** Links of a commit that the user has at another commit in the checkout, as `git commit --all` would record them. */
export async function movedLinks(
  {
    harness,
    user,
    place,
  }: { readonly harness: Harness; readonly user: UserGit; readonly place: ModulePlace },
  commit: Commit,
): Promise<Result<readonly { readonly path: string; readonly oid: Commit }[], GitError>> {
  const links = await gitlinksOf(harness, commit);
  if (!links.ok || links.value.length === 0) return links;
  const modules = await userModules(harness, place, commit);
  if (!modules.ok) return modules;
  const moved: { path: string; oid: Commit }[] = [];
  for (const { path } of links.value) {
    const module = modules.value.find((one) => one.path === path);
    const head = module === undefined ? null : await user.readRef('HEAD', module.checkout.gitDir);
    if (head !== null && head !== module?.recorded) moved.push({ path, oid: head });
  }
  return ok(moved);
}

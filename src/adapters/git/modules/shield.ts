import { ok, type Result } from '../../../base/result.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import type { Harness, HarnessOptions } from '../harness.ts';
import { GITLINK, parseStaged, type StagedEntry } from '../parse.ts';

/**
 * Makes git look at no submodule's folder through this index. `git add` and `git diff-index` would start `git status`
 * in a repository that they find there, which runs what its configuration names; and a link would become whatever
 * commit an agent made in a repository of its own.
 */
export async function shieldGitlinks(
  harness: Harness,
  options: HarnessOptions,
): Promise<Result<readonly StagedEntry[], GitError>> {
  const listed = await harness.run(['ls-files', '-z', '--stage'], options);
  if (!listed.ok) return listed;
  const { stdout } = listed.value;
  if (!stdout.includes(`${GITLINK} `)) return ok([]);
  const links = parseStaged(stdout.toString('utf8')).filter(({ mode }) => mode === GITLINK);
  if (links.length === 0) return ok([]);
  const stdin = links.map(({ path }) => `${path}\0`).join('');
  const args = ['update-index', '-z', '--assume-unchanged', '--stdin'];
  const shielded = await harness.run(args, { ...options, stdin });
  return shielded.ok ? ok(links) : shielded;
}

/** A file in the place of a folder above took its links out of the index: they are there again, and it is not. */
export async function restoreGitlinks(
  harness: Harness,
  options: HarnessOptions,
  links: readonly StagedEntry[],
): Promise<Result<unknown, GitError>> {
  if (links.length === 0) return ok(null);
  const stdin = links.map(({ oid, path }) => `${GITLINK} ${oid} 0\t${path}\0`).join('');
  return harness.run(['update-index', '-z', '--index-info'], { ...options, stdin });
}

import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { GitError, ObjectFacts, Repository } from '../../ports/worktrees.ts';
import { refused } from './git-process.ts';
import type { Harness } from './harness.ts';
import type { ObjectReader } from './object-reader.ts';
import { parseTree } from './parse.ts';

/** No editor opens more, and it would be in memory as a whole. */
const MAX_BYTES = 256 * 1024 * 1024;

const isCommit = (commit: string): boolean => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit);

/** Files of commits. */
export function objectsOf(
  harness: Harness,
  reader: ObjectReader,
): Pick<Repository, 'show' | 'look' | 'close'> {
  async function look(commit: Commit, path: string): Promise<Result<ObjectFacts | null, GitError>> {
    if (!isCommit(commit)) return err(refused(`${JSON.stringify(commit)} is not the full name of a commit.`));
    if (path === '') return ok(null);
    const found = await reader.info(`${commit}:${path}`);
    if (!found.ok) return found;
    if (found.value === null) return submodule(harness, commit, path);
    const { oid, type, size } = found.value;
    return ok(type === 'blob' ? { kind: 'file', oid, size } : null);
  }

  return {
    look,
    show: async (commit, path) => {
      const found = await look(commit, path);
      if (!found.ok || found.value === null) return found.ok ? ok(null) : found;
      const { kind, oid, size } = found.value;
      if (kind === 'submodule') return ok(null);
      if (size > MAX_BYTES)
        return err(refused(`${path} has ${size} bytes, and at most ${MAX_BYTES} are shown.`));
      return reader.contents(oid);
    },
    close: () => reader.close(),
  };
}

/** Its commit is an object of another repository, so that by its name alone nothing is found. */
async function submodule(
  harness: Harness,
  commit: Commit,
  path: string,
): Promise<Result<ObjectFacts | null, GitError>> {
  const listed = await harness.run(['ls-tree', '-z', '--full-tree', commit, '--', path]);
  if (!listed.ok) return listed;
  const entry = parseTree(listed.value.stdout.toString('utf8')).find((each) => each.path === path);
  return ok(entry?.type === 'commit' ? { kind: 'submodule', oid: entry.oid, size: 0 } : null);
}

import { ok, type Result } from '../../../base/result.ts';
import type { Commit } from '../../../domain/loop/model.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import type { Harness } from '../harness.ts';
import { keptAnswers } from '../kept-answers.ts';
import { parseConfig, parseTree } from '../parse.ts';

/** A link to a commit of another repository, as a tree has it. */
export interface Gitlink {
  readonly path: string;
  readonly oid: Commit;
  /** Of its section in `.gitmodules`; null where none, or more than one, claims the path. */
  readonly name: string | null;
}

/** No list of submodules is longer. */
const MAX_BYTES = 1024 * 1024;

/** All agents of an iteration begin at one commit. */
const KEPT_COMMITS = 4;

/** All links of a commit. What `.gitmodules` says beyond names and paths (URLs, commands, branches) is not read. */
export const gitlinksOf = keptAnswers(KEPT_COMMITS, readLinks);

async function readLinks(
  harness: Pick<Harness, 'run'>,
  commit: Commit,
): Promise<Result<readonly Gitlink[], GitError>> {
  const listed = await harness.run(['ls-tree', '-r', '-z', '--full-tree', commit]);
  if (!listed.ok) return listed;
  // Most repositories have none, and a list of many files takes longer to take apart than to look through.
  if (!listed.value.stdout.includes(' commit ')) return ok([]);
  const entries = parseTree(listed.value.stdout.toString('utf8'));
  const links = entries.filter(({ type, path }) => type === 'commit' && isPlainPath(path));
  const declared = entries.find(({ path, mode }) => path === '.gitmodules' && mode.startsWith('100'));
  const names = declared === undefined ? new Map<string, string>() : await namesIn(harness, declared.oid);
  return ok(links.map(({ path, oid }) => ({ path, oid, name: names.get(path) ?? null })));
}

async function namesIn(harness: Pick<Harness, 'run'>, blob: string): Promise<ReadonlyMap<string, string>> {
  const args = ['config', '--no-includes', '--blob', blob, '--list', '-z'];
  const listed = await harness.run(args, { maxBytes: MAX_BYTES });
  if (!listed.ok || listed.value.cut) return new Map();
  return pathsToNames(parseConfig(listed.value.stdout.toString('utf8')));
}

/** Of a name that is there twice git takes the last path; a path that two names claim belongs to neither. */
export function pathsToNames(
  entries: readonly { readonly key: string; readonly value: string | null }[],
): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const { key, value } of entries) {
    const name = /^submodule\.([^]+)\.path$/.exec(key)?.[1];
    if (name !== undefined && value !== null) paths.set(name, value.replace(/\/$/, ''));
  }
  const names = new Map<string, string>();
  const disputed = new Set<string>();
  for (const [name, path] of paths) {
    if (names.has(path)) disputed.add(path);
    names.set(path, name);
  }
  return new Map([...names].filter(([path, name]) => !disputed.has(path) && isPlainPath(name)));
}

/** A relative path that stays below the folder it is appended to, on every platform, and names no git directory. */
export function isPlainPath(path: string): boolean {
  return (
    !/[\0\\:]/.test(path) &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !/^\.git$/i.test(part))
  );
}

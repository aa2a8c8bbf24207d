/** One worktree on its way through everything that happens to worktrees, and what has to be found afterwards. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Repository, TaskGit } from '../../src/ports/worktrees.ts';
import { git, read, write, type World } from '../integration/git-fixture.ts';
import type { Random } from './random.mts';

export const AGENT = 'a';

export interface Life {
  readonly world: World;
  readonly taskId: string;
  readonly random: Random;
  /** A disk of the world's own that can be filled; null where none could be made. */
  readonly disk: string | null;
  /** Two windows on the same repository. */
  readonly windows: readonly [Repository, Repository];
  /** Names of blobs that lay in the worktree when one of us began to remove or replace it, and of its agent's commits. */
  readonly written: Set<string>;
  /** Folders that a person moved a worktree to. */
  readonly moved: string[];
  readonly log: string[];
  /** What went wrong on the way. */
  readonly wrong: string[];
  iteration: number;
  faults: number;
}

export const taskOf = (life: Life): TaskGit => life.random.pick(life.windows).task(life.taskId);

/** As git names a file's content; agents' files here are not converted. */
export function blobOf(path: string): string {
  const content = readFileSync(path);
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name === '.git' || entry.name === 'ignored' || entry.name.endsWith('.log')) return [];
    if (entry.isDirectory()) return filesBelow(path);
    return lstatSync(path).isFile() ? [path] : [];
  });
}

const worktreesRoot = ({ world }: Pick<Life, 'world'>): string => `${world.repo}.cfn`;

/** Everywhere that the worktree is or was; where it is for its agent comes last. */
const places = (life: Life): readonly string[] =>
  [join(worktreesRoot(life), life.taskId, AGENT), ...life.moved].filter(existsSync);

/** Where the worktree is now, as far as somebody can know. */
export const current = (life: Life): string =>
  places(life).at(-1) ?? join(worktreesRoot(life), life.taskId, AGENT);

/** All that lies there now has to be found from here on. */
export function remember(life: Life): void {
  for (const path of places(life).flatMap(filesBelow)) life.written.add(blobOf(path));
}

/** An agent's or a person's git may refuse; whatever that leaves has to be coped with. */
export function tried(life: Life, ...args: string[]): string | null {
  try {
    return git(current(life), ...args);
  } catch {
    life.log.push(`${args[0]} refused`);
    return null;
  }
}

/** What nobody had kept before a person deleted it, or its agent wrote over it, is theirs to answer for. */
export function ownDoing(life: Life, doing: () => void): void {
  const before = found(life);
  doing();
  const after = found(life);
  for (const name of life.written) if (before.has(name) && !after.has(name)) life.written.delete(name);
}

/** All that is in a ref, at a HEAD, or still lies in a folder. */
export function found({ world, moved }: Pick<Life, 'world' | 'moved'>): ReadonlySet<string> {
  const heads = git(world.repo, 'worktree', 'list', '--porcelain').matchAll(/^HEAD ([0-9a-f]+)$/gm);
  const known = [...heads].flatMap(([, head = '']) => (/^0*$/.test(head) ? [] : [head]));
  // Not by `--all`: it takes in the heads of worktrees, and one whose making was killed has none yet.
  const objects = git(world.repo, 'rev-list', '--objects', '--glob=refs/*', ...known).split('\n');
  const folders = [worktreesRoot({ world }), ...moved].flatMap(filesBelow).map(blobOf);
  return new Set([...objects.map((line) => line.slice(0, 40)), ...folders]);
}

const OTHERS = 'of-mine';

/** What a person has in the repository besides the loops. */
export function furnish({ repo, folder }: World): void {
  write(repo, 'readme.md', 'the person works here\n');
  git(repo, 'stash', 'push', '-q');
  write(repo, 'readme.md', 'and goes on\n');
  write(repo, 'mine.txt', 'mine\n');
  git(repo, 'tag', 'v1');
  git(repo, 'worktree', 'add', '-q', '-b', 'mine', join(folder, OTHERS));
  write(join(folder, OTHERS), 'src/a.txt', 'half done\n');
}

/** What of the person's is as it was. Agents make branches that begin with `side-`. */
export function untouched({ repo, folder }: World): string {
  const other = join(folder, OTHERS);
  const refs = git(repo, 'for-each-ref', '--format=%(refname) %(objectname)').split('\n');
  return [
    git(repo, 'status', '--porcelain', '--branch'),
    git(repo, 'ls-files', '--stage'),
    ...refs.filter((line) => !/^refs\/(cfn\/|heads\/cfn\/|heads\/side-)/.test(line)),
    read(repo, 'readme.md'),
    read(repo, 'mine.txt'),
    git(other, 'status', '--porcelain', '--branch'),
    read(other, 'src/a.txt'),
  ].join('\n');
}

import { fnv1a } from '../../base/fnv1a.ts';
import { err, ok, type Result } from '../../base/result.ts';

/** Everything we make in a user's repository has a name from this file. Ids were checked with `checkId` before. */

export const agentBranch = (taskId: string, agentId: string): string => `cfn/${taskId}/${agentId}`;
export const resultBranch = (taskId: string): string => `cfn/${taskId}/result`;

export const branchRef = (branch: string): string => `refs/heads/${branch}`;

export interface AttemptName {
  readonly taskId: string;
  readonly iteration: number;
  readonly agentId: string;
  readonly attempt: number;
}

export const attemptRef = ({ taskId, iteration, agentId, attempt }: AttemptName): string =>
  `refs/cfn/${taskId}/${iteration}/${agentId}/${attempt}`;

export const integratedRef = (taskId: string, iteration: number, number: number): string =>
  `refs/cfn/${taskId}/${iteration}/integrated/${number}`;

/** What integration made, named by content, so that every candidate of a race stays reachable. */
export const candidateRef = (taskId: string, iteration: number, commit: string): string =>
  `refs/cfn/${taskId}/${iteration}/integrated/c-${commit.slice(0, 16)}`;

/** A commit without the changes that a person rejected, named by content. */
export const revisedRef = (taskId: string, iteration: number, commit: string): string =>
  `refs/cfn/${taskId}/${iteration}/integrated/r-${commit.slice(0, 16)}`;

export const rescueRef = (taskId: string, agentId: string, commit: string): string =>
  `refs/cfn/rescue/${taskId}/${agentId}/${commit.slice(0, 16)}`;

/** What an undo of applied files goes back to. */
export const homeRef = (taskId: string, id: string): string => `refs/cfn/${taskId}/home/${id}`;

/** The underscore keeps it apart from tasks, whose ids start with a letter or digit. */
export const snapshotRef = (commit: string): string => `refs/cfn/_snapshot/${commit.slice(0, 16)}`;

/** Refs that are ours, or that a fetch in the background moves: never the user's own work. */
export function isUsersRef(ref: string): boolean {
  return !['refs/cfn/', 'refs/heads/cfn/', 'refs/remotes/', 'refs/prefetch/'].some((prefix) =>
    ref.startsWith(prefix),
  );
}

export interface WorktreePlace {
  /** Absolute path of the repository's main checkout. */
  readonly repository: string;
  /** The setting `cfn.worktreeRoot`, absolute, or null for the folder beside the repository. */
  readonly root: string | null;
  readonly separator: '/' | '\\';
}

/** `../<repo>.cfn`, or the setting's folder with the repository's name below it. */
export function worktreeRoot({ repository, root, separator }: WorktreePlace): string {
  const clean = stripSeparators(repository, separator);
  const cut = clean.lastIndexOf(separator);
  const parent = clean.slice(0, cut);
  const name = `${clean.slice(cut + 1)}.cfn`;
  return `${root === null ? parent : stripSeparators(root, separator)}${separator}${name}`;
}

export function worktreePath(place: WorktreePlace, taskId: string, agentId: string): string {
  return [worktreeRoot(place), taskId, agentId].join(place.separator);
}

function stripSeparators(path: string, separator: string): string {
  let end = path.length;
  while (end > 0 && (path[end - 1] === separator || path[end - 1] === '/')) end -= 1;
  return path.slice(0, end);
}

/** The seeds' project name: `cfn-${BRANCH//[^a-zA-Z0-9]/-}`. Two branches may share one, and Compose refuses capitals. */
export const seedProjectName = (branch: string): string => `cfn-${branch.replace(/[^a-zA-Z0-9]/g, '-')}`;

/**
 * `COMPOSE_PROJECT_NAME`: the seeds' name where that is unique and legal by itself, else lower-cased, cut and
 * followed by six characters that depend on the whole branch name. Passing the repository's id keeps two
 * repositories with equal branch names apart.
 */
export function composeProjectName(branch: string, repositoryId?: string): string {
  const seed = seedProjectName(branch);
  if (repositoryId === undefined && seed === `cfn-${branch}` && /^[a-z0-9-]{1,54}$/.test(branch)) return seed;
  const slug = seed.toLowerCase().slice(0, 50).replace(/-+$/, '');
  return `${slug}-${shortHash(`${repositoryId ?? ''}\n${branch}`)}`;
}

/** Six base-36 characters. */
function shortHash(text: string): string {
  const hash = fnv1a(text);
  return (hash ^ (hash >> 32n)).toString(36).slice(-6).padStart(6, '0');
}

const LOCKFILES = new Set([
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'bun.lockb',
  'deno.lock',
  'cargo.lock',
  'go.sum',
  'poetry.lock',
  'uv.lock',
  'pdm.lock',
  'pipfile.lock',
  'gemfile.lock',
  'composer.lock',
  'mix.lock',
  'pubspec.lock',
  'packages.lock.json',
  'package.resolved',
  'gradle.lockfile',
  'flake.lock',
]);

/** A change of one of these means that dependencies have to be set up again. `path` has forward slashes. */
export function decidesSetup(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (LOCKFILES.has(name)) return true;
  if (/^requirements[\w.-]*\.txt$/.test(name)) return true;
  return path === '.worktreeinclude' || /^\.cfn\/setup(\.[a-z0-9]+)?$/.test(path);
}

/** The first git with `merge-tree --write-tree`. */
const OLDEST = [2, 38] as const;

export function checkGitVersion(output: string): Result<string, string> {
  const match = /git version (\d+)\.(\d+)(\S*)/.exec(output);
  if (!match)
    return err(
      `"git --version" answered ${JSON.stringify(output.trim().slice(0, 80))}; install git 2.38 or newer.`,
    );
  const [major, minor] = [Number(match[1]), Number(match[2])];
  const version = `${major}.${minor}${match[3] ?? ''}`;
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return ok(version);
  return err(`git is ${version}, but CFN Loop needs git 2.38 or newer; install a newer git.`);
}

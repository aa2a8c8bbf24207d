import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createRepositories } from '../../src/adapters/git/repositories.ts';
import { createLedger } from '../../src/adapters/journal/ledger.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { Result } from '../../src/base/result.ts';
import type { Ledger } from '../../src/ports/journal.ts';
import type { Repositories, Repository } from '../../src/ports/worktrees.ts';

/** A whole small world: a home, a state folder, a repository and our adapter on them. */
export interface World {
  readonly folder: string;
  readonly repo: string;
  readonly state: string;
  readonly ledger: Ledger;
  readonly repositories: Repositories;
  /** A second set of objects on the same disk and ledger: what a restart sees. */
  restarted(gitBinary?: string): Repositories;
  open(folder?: string): Promise<Repository>;
  dispose(): void;
}

export const never = new AbortController().signal;

export function makeWorld(options: { readonly worktreeRoot?: string; readonly below?: string } = {}): World {
  const folder = realpathSync(mkdtempSync(join(options.below ?? tmpdir(), 'cfn-git-')));
  const home = join(folder, 'home');
  mkdirSync(home);
  process.env['HOME'] = home;
  process.env['XDG_CONFIG_HOME'] = join(home, '.config');
  write(
    home,
    '.gitconfig',
    '[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n',
  );
  const repo = join(folder, 'project');
  const state = join(folder, 'state');
  mkdirSync(repo);
  git(repo, 'init', '-q');
  write(repo, '.gitignore', 'ignored/\n*.log\n');
  write(repo, 'readme.md', 'one\ntwo\nthree\n');
  write(repo, 'src/a.txt', 'a\n');
  write(repo, 'package-lock.json', '{}\n');
  git(repo, 'add', '-A');
  git(repo, 'commit', '-q', '-m', 'first');
  const ledger = createLedger({ stateFolder: join(folder, 'state', 'shared'), logger: silentLogger });
  let count = 0;
  const make = (gitBinary?: string) =>
    createRepositories({
      ...(gitBinary === undefined ? {} : { gitBinary }),
      stateFolder: (id) => join(state, id),
      ledger: () => ledger,
      ids: {
        token: () => `${(count += 1).toString(16).padStart(8, '0')}${'ab'.repeat(12)}`,
        taskId: () => 'task',
      },
      clock: systemClock,
      logger: silentLogger,
      worktreeRoot: () => (options.worktreeRoot ? join(repo, options.worktreeRoot) : null),
    });
  const repositories = make();
  return {
    folder,
    repo,
    state,
    ledger,
    repositories,
    restarted: make,
    open: async (at = repo) => value(await repositories.open(at, never)),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function value<T>(result: Result<T, { readonly message: string }>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

export function refusal(
  result: Result<unknown, { readonly kind: string; readonly message: string }>,
): string {
  if (result.ok) throw new Error('expected a refusal');
  if (result.error.kind !== 'refused') throw new Error(`expected a refusal, got ${result.error.message}`);
  return result.error.message;
}

/** git as the user or an agent runs it: with all of the repository's configuration. */
export function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

export function write(folder: string, path: string, content: string | Uint8Array, mode?: number): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  if (mode !== undefined) chmodSync(file, mode);
}

export const read = (folder: string, path: string): string => readFileSync(join(folder, path), 'utf8');

export const ledgerIds = async (world: World): Promise<string[]> =>
  (await world.ledger.entries()).map((entry) => entry.id);

/** A commit of the user's with what is in the checkout now; the checkout goes back to `base`. */
export function commitAside({ repo }: Pick<World, 'repo'>, base: string): string {
  git(repo, 'add', '-A');
  git(repo, 'commit', '-q', '--allow-empty', '-m', 'change');
  const made = git(repo, 'rev-parse', 'HEAD');
  git(repo, 'reset', '-q', '--hard', base);
  return made;
}

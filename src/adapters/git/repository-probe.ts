import { access } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { err } from '../../base/result.ts';
import { checkGitVersion, worktreeRoot } from '../../domain/worktree/naming.ts';
import type { RepositoryProbe } from '../../ports/health-probes.ts';
import { discover } from './discover.ts';
import { readText } from './files.ts';
import { createGitProcess, text } from './git-process.ts';
import { absentModules } from './modules/absent-modules.ts';
import { usableConfig } from './repositories.ts';
import { ID_FILE } from './repository-id.ts';

export interface RepositoryProbeDeps {
  /** The setting `cfn.worktreeRoot`, absolute. */
  readonly worktreeRoot: () => string | null;
  readonly gitBinary?: string;
}

/** What git writes down while something is half done. */
const HALF_DONE: Readonly<Record<string, string>> = {
  MERGE_HEAD: 'merge',
  'rebase-merge': 'rebase',
  'rebase-apply': 'rebase',
  CHERRY_PICK_HEAD: 'cherry-pick',
  REVERT_HEAD: 'revert',
  BISECT_LOG: 'bisect',
};

/** Says what opening a repository would say, and makes nothing: no id, no state folder. */
export function createRepositoryProbe(deps: RepositoryProbeDeps): RepositoryProbe {
  const git = createGitProcess({ binary: deps.gitBinary });
  return {
    gitVersion: async (signal) => {
      const version = await git.run(['--version'], { cwd: process.cwd(), signal });
      if (!version.ok) return err('git was not found on PATH; install git 2.38 or newer.');
      return checkGitVersion(text(version.value));
    },
    look: async (folder, signal) => {
      const found = await discover(git, folder, signal);
      if (!found.ok) {
        const kind = (await insideRepository(folder)) ? 'unusable' : 'none';
        return { kind, message: found.error.message };
      }
      const { root, mainRoot, gitDir, commonDir, headRef } = found.value;
      const config = await usableConfig(git, found.value);
      if (!config.ok) return { kind: 'unusable', message: config.error.message };
      const id = (await readText(join(commonDir, ID_FILE)))?.trim() ?? '';
      return {
        kind: 'usable',
        root,
        branch: headRef?.replace('refs/heads/', '') ?? null,
        operation: await halfDone(gitDir),
        absentSubmodules: await absentModules(git, found.value),
        id: id === '' ? null : id,
        worktreesRoot: worktreeRoot({ repository: mainRoot, root: deps.worktreeRoot(), separator: sep }),
      };
    },
  };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function halfDone(gitDir: string): Promise<string | null> {
  for (const [name, operation] of Object.entries(HALF_DONE)) {
    if (await exists(join(gitDir, name))) return operation;
  }
  return null;
}

/** A checkout, or a bare repository: then what is wrong with it matters. */
async function insideRepository(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    if ((await exists(join(at, '.git'))) || (await exists(join(at, 'HEAD')))) return true;
    if (dirname(at) === at) return false;
  }
}

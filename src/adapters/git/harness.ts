import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../base/result.ts';
import type { GitError } from '../../ports/worktrees.ts';
import { failed, text, type GitOutput, type GitProcess } from './git-process.ts';
import { renderConfig, type CarriedSettings } from './settings.ts';

export interface HarnessOptions {
  readonly workTree?: string;
  readonly index?: string;
  readonly stdin?: string | Uint8Array;
  readonly signal?: AbortSignal | undefined;
  readonly okCodes?: readonly number[];
  readonly maxBytes?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** New objects go here instead of into the repository; the repository's stay readable. */
  readonly scratchObjects?: string | undefined;
}

/**
 * git with a directory of our own: it sees the repository's objects and a working tree that we name, and
 * neither its configuration, hooks, refs nor index. Whatever an agent configured does not exist here.
 */
export interface Harness {
  /** Names the frozen settings; the same key gives the same harness after a restart. */
  readonly key: string;
  readonly gitDir: string;
  run(args: readonly string[], options?: HarnessOptions): Promise<Result<GitOutput, GitError>>;
  /** A git that stays, for reading objects; whoever starts it ends it. */
  start(args: readonly string[]): ChildProcessWithoutNullStreams;
  /** `run`, with standard output as trimmed text. */
  line(args: readonly string[], options?: HarnessOptions): Promise<Result<string, GitError>>;
  /** The same git over the objects of another repository, of which it reads nothing else. For reading only. */
  reading(otherGitDir: string): Harness;
  /** Gives a path for an index of one operation; the folder is removed afterwards. */
  withScratch<T>(use: (folder: string) => Promise<T>): Promise<T>;
}

export interface HarnessPlace {
  readonly git: GitProcess;
  /** Our folder in the state folder of the repository. */
  readonly home: string;
  readonly commonDir: string;
}

/** Makes the harness for these settings, or finds the one that was made for equal settings before. */
export async function harnessFor(place: HarnessPlace, settings: CarriedSettings): Promise<Harness> {
  const key = createHash('sha256')
    .update(JSON.stringify([place.commonDir, settings]))
    .digest('hex')
    .slice(0, 16);
  const gitDir = join(place.home, 'harness', key);
  if (!(await exists(join(gitDir, 'HEAD')))) await make(place, settings, gitDir);
  return bind(place, key);
}

/** The harness that a task or a snapshot was begun with; null when its folder is gone. */
export async function harnessByKey(place: HarnessPlace, key: string): Promise<Harness | null> {
  return /^[0-9a-f]{16}$/.test(key) && (await exists(join(place.home, 'harness', key, 'HEAD')))
    ? bind(place, key)
    : null;
}

async function make(place: HarnessPlace, settings: CarriedSettings, gitDir: string): Promise<void> {
  const parent = join(place.home, 'harness');
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(parent, '.new-'));
  await mkdir(join(draft, 'refs'));
  await mkdir(join(draft, 'objects'));
  await mkdir(join(draft, 'info'));
  const config = renderConfig(settings, {
    ignore: join(gitDir, 'ignore').replaceAll('\\', '/'),
    attributes: join(gitDir, 'attributes').replaceAll('\\', '/'),
    lfsStorage: join(place.commonDir, 'lfs').replaceAll('\\', '/'),
  });
  await Promise.all([
    writeFile(join(draft, 'config'), config),
    writeFile(join(draft, 'ignore'), settings.ignore),
    writeFile(join(draft, 'attributes'), settings.attributes),
    writeFile(join(draft, 'info', 'exclude'), settings.exclude),
    writeFile(join(draft, 'info', 'attributes'), settings.infoAttributes),
    writeFile(join(draft, 'HEAD'), 'ref: refs/heads/none\n'),
  ]);
  try {
    await rename(draft, gitDir);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another window made the same one first.
    if (!(await exists(join(gitDir, 'HEAD')))) throw error;
  }
}

function bind({ git, home, commonDir }: HarnessPlace, key: string, other: string | null = null): Harness {
  const gitDir = join(home, 'harness', key);
  const source = other ?? commonDir;
  const objects = join(source, 'objects');
  const fixed = {
    GIT_DIR: gitDir,
    GIT_SHALLOW_FILE: join(source, 'shallow'),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_LITERAL_PATHSPECS: '1',
    ...(other === null ? {} : configured('lfs.storage', join(other, 'lfs').replaceAll('\\', '/'))),
  };
  const run: Harness['run'] = (args, options = {}) => {
    const { workTree, index, scratchObjects, env, ...rest } = options;
    return git.run(args, {
      ...rest,
      cwd: workTree ?? gitDir,
      env: {
        ...fixed,
        GIT_OBJECT_DIRECTORY: scratchObjects ?? objects,
        ...(scratchObjects ? { GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates(objects) } : {}),
        ...(workTree ? { GIT_WORK_TREE: workTree } : {}),
        ...(index ? { GIT_INDEX_FILE: index } : {}),
        ...env,
      },
    });
  };
  return {
    key,
    gitDir,
    run,
    start: (args) => git.start(args, { cwd: gitDir, env: { ...fixed, GIT_OBJECT_DIRECTORY: objects } }),
    reading: (otherGitDir) => bind({ git, home, commonDir }, key, otherGitDir),
    line: async (args, options) => {
      const output = await run(args, options);
      return output.ok ? ok(text(output.value)) : output;
    },
    withScratch: async (use) => {
      const parent = join(home, 'tmp');
      await mkdir(parent, { recursive: true, mode: 0o700 });
      const folder = await mkdtemp(join(parent, scratchPrefix(process.pid)));
      try {
        return await use(folder);
      } finally {
        await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    },
  };
}

const configured = (key: string, value: string) => ({
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: key,
  GIT_CONFIG_VALUE_0: value,
});

const SCRATCH = /^op-(\d+)-/;
const scratchPrefix = (pid: number) => `op-${pid}-`;

/** The process that a folder of this name was made by; null for another name. */
export function scratchOwner(name: string): number | null {
  const pid = SCRATCH.exec(name)?.[1];
  return pid === undefined ? null : Number(pid);
}

/** The variable is a list; a path with its separator or a quote in it has to be quoted like a C string. */
function alternates(path: string): string {
  const separator = process.platform === 'win32' ? ';' : ':';
  const plain = !path.includes(separator) && !path.startsWith('"');
  return plain ? path : `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** Turns a file system error of ours into a reason that can be shown. */
export const diskError = (what: string, error: unknown): GitError =>
  failed(`${what}: ${error instanceof Error ? error.message : String(error)}`);

import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { PrepareError } from '../../ports/evidence-runner.ts';
import type { Checkout, TaskGit } from '../../ports/worktrees.ts';
import { copyFolder } from './copy-folder.ts';

export interface CheckoutFoldersDeps {
  readonly checkout: TaskGit['checkout'];
  readonly discard: TaskGit['discard'];
  /** A folder of ours alone; what an earlier process left in it is removed. */
  readonly folder: string;
  /** Prepared folders kept beside those in use; dependencies make them large. */
  readonly maxPrepared: number;
}

export type Failed<T> = Promise<Result<T, PrepareError>>;

/** A checkout after set-up. Copies of it run where it was set up, because set-ups write absolute paths. */
export interface PreparedFolder {
  readonly kept: string;
  readonly home: string;
}

/** Owns untouched checkouts, prepared folders and the copies in which commands run. */
export interface CheckoutFolders {
  /** A checkout of the commit that nothing ever writes to. */
  untouched(commit: Commit, signal: AbortSignal): Failed<string>;
  /**
   * Sets a copy of `source` up once per key, then gives the same prepared folder. It is not removed while
   * `use` runs.
   */
  withPrepared<T>(
    key: string,
    make: (prepare: Prepare) => Failed<PreparedFolder>,
    use: (prepared: PreparedFolder) => Failed<T>,
  ): Failed<T>;
  /** Runs `use` in a fresh copy and removes it; copies of one folder follow one another. */
  inCopy<T>(prepared: PreparedFolder, use: (copy: string) => Promise<T>): Promise<T>;
  /** A fresh path; its parent exists. */
  freshPath(label: string): Promise<string>;
  remove(path: string): Promise<void>;
  dispose(): Promise<void>;
}

interface Entry {
  readonly made: Failed<PreparedFolder>;
  users: number;
  lastUse: number;
}

/** The base and what the current iteration compares with it; sources are small beside prepared folders. */
const MAX_SOURCES = 4;

export function createCheckoutFolders(deps: CheckoutFoldersDeps): CheckoutFolders {
  let cleared: Promise<void> | undefined;
  let count = 0;
  const freshPath = async (label: string): Promise<string> => {
    cleared ??= clear(deps.folder);
    await cleared;
    count += 1;
    return join(deps.folder, `${label}-${count}`);
  };
  const sources = createSources(deps);
  const prepared = createPreparedCache(deps.maxPrepared, async (source, setUp) => {
    const home = await freshPath('checkout');
    await copyFolder(source, home);
    const done = await setUp(home);
    if (!done.ok) {
      await remove(home);
      return done;
    }
    const kept = `${home}-prepared`;
    await move(home, kept);
    return ok({ kept, home });
  });
  return {
    freshPath,
    remove,
    untouched: (commit, signal) => sources.take(commit, signal),
    async withPrepared(key, make, use) {
      const result = await prepared.use(key, make, use);
      if (prepared.isIdle()) await sources.dropAllBut(MAX_SOURCES);
      return result;
    },
    inCopy: createTurns(),
    async dispose() {
      await sources.dropAllBut(0);
      await remove(deps.folder);
    },
  };
}

/** Untouched checkouts by commit, the most recently used last. */
function createSources(deps: CheckoutFoldersDeps) {
  const sources = new Map<Commit, Promise<Result<Checkout, PrepareError>>>();
  return {
    async take(commit: Commit, signal: AbortSignal): Failed<string> {
      const source = sources.get(commit) ?? takeOut(deps, commit, signal);
      sources.delete(commit);
      sources.set(commit, source);
      const result = await source;
      if (result.ok) return ok(result.value.path);
      if (sources.get(commit) === source) sources.delete(commit);
      return result;
    },
    async dropAllBut(keep: number): Promise<void> {
      const all = Array.from(sources);
      for (const [commit, source] of all.slice(0, Math.max(0, all.length - keep))) {
        sources.delete(commit);
        const result = await source;
        if (result.ok) await deps.discard(result.value);
      }
    },
  };
}

type Prepare = (source: string, setUp: (home: string) => Failed<void>) => Failed<PreparedFolder>;

/** Prepared folders by key; those in use are never removed, of the others the `keep` most recently used stay. */
function createPreparedCache(keep: number, prepare: Prepare) {
  const entries = new Map<string, Entry>();
  let uses = 0;
  const evict = async (): Promise<void> => {
    const idle = Array.from(entries)
      .filter(([, entry]) => entry.users === 0)
      .sort(([, a], [, b]) => b.lastUse - a.lastUse);
    for (const [key, entry] of idle.slice(keep)) {
      entries.delete(key);
      const made = await entry.made;
      if (made.ok) await remove(made.value.kept);
    }
  };
  return {
    isIdle: () => Array.from(entries.values()).every((entry) => entry.users === 0),
    async use<T>(
      key: string,
      make: (prepare: Prepare) => Failed<PreparedFolder>,
      use: (prepared: PreparedFolder) => Failed<T>,
    ): Failed<T> {
      uses += 1;
      const entry = entries.get(key) ?? { made: make(prepare), users: 0, lastUse: uses };
      entries.set(key, entry);
      entry.users += 1;
      entry.lastUse = uses;
      let made: Result<PreparedFolder, PrepareError> | undefined;
      try {
        made = await entry.made;
        return made.ok ? await use(made.value) : made;
      } finally {
        entry.users -= 1;
        // Not kept, so that a cancelled or mended set-up can be tried again.
        if (!made?.ok && entries.get(key) === entry) entries.delete(key);
        await evict();
      }
    },
  };
}

/** Copies of one prepared folder all lie in the same place, so they follow one another. */
function createTurns(): CheckoutFolders['inCopy'] {
  const last = new Map<string, Promise<void>>();
  return async (prepared, use) => {
    const before = last.get(prepared.home) ?? Promise.resolve();
    const turn = before.then(async () => {
      await copyFolder(prepared.kept, prepared.home);
      return use(prepared.home);
    });
    const cleaned = turn.then(
      () => remove(prepared.home),
      () => remove(prepared.home),
    );
    last.set(prepared.home, cleaned);
    const [value] = await Promise.all([turn, cleaned]);
    return value;
  };
}

/** Windows refuses to move a folder in which something is still open; a copy works then. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch {
    await copyFolder(from, to);
    await remove(from);
  }
}

async function clear(folder: string): Promise<void> {
  await remove(folder);
  await mkdir(folder, { recursive: true });
}

/** Read-only folders of package managers and late writers make a removal fail once in a while. */
function remove(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

async function takeOut(deps: CheckoutFoldersDeps, commit: Commit, signal: AbortSignal): Failed<Checkout> {
  const result = await deps.checkout(commit, `evidence-${commit.slice(0, 12)}`, signal);
  if (result.ok) return result;
  const log = result.error.kind === 'failed' ? result.error.stderr : '';
  return err({
    kind: 'prepare-failed',
    message: `Checking out ${commit.slice(0, 12)} failed: ${result.error.message}`,
    log,
  });
}

import { readdir, realpath, rm, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { homedir } from 'node:os';
import { err, ok, type Result } from '../../base/result.ts';
import type { Ids } from '../../base/ids.ts';
import type { GitError, OutsideChange, OutsideSnapshot } from '../../ports/worktrees.ts';
import { compareConfig } from './config-change.ts';
import type { UserCheckout } from './dirty.ts';
import { below, readText, writeAside } from './files.ts';
import { failed, text, type GitProcess } from './git-process.ts';
import {
  createBlobStore,
  type BlobStore,
  putBack,
  readGuarded,
  takeAway,
  type GuardedFile,
  type GuardedPlaces,
} from './guarded-files.ts';
import { diskError, type Harness } from './harness.ts';
import { fields } from './parse.ts';
import type { UserModule } from './modules/users-modules.ts';
import { changedByUser, lookAtUser, type CheckoutState, type UserState } from './outside-user.ts';
import type { UserGit } from './user-git.ts';

export interface OutsideContext {
  readonly git: GitProcess;
  readonly harness: Harness;
  /** The harness that a stored snapshot was taken with. */
  readonly harnessOf: (key: string) => Promise<Harness | null>;
  readonly user: UserGit;
  readonly ids: Ids;
  /** The submodules that are checked out in the opened checkout: the user's as much as the checkout is. */
  readonly modules: (harness: Harness) => Promise<Result<readonly UserModule[], GitError>>;
  /** Our folder for snapshots. */
  readonly folder: string;
  readonly commonDir: string;
  readonly checkouts: readonly UserCheckout[];
  /** The folder that all agents' worktrees lie in. */
  readonly worktreesRoot: string;
  /** `REF OID`: where integrations put the user's branches. */
  readonly broughtRefs: () => Promise<ReadonlySet<string>>;
}

interface Snapshot extends UserState {
  readonly version: 1;
  readonly harness: string;
  readonly places: GuardedPlaces;
  readonly guarded: readonly GuardedFile[];
}

/** More snapshots than any number of running loops needs; older ones are dropped. */
const KEPT_SNAPSHOTS = 400;
const fileOf = (context: OutsideContext, id: string): string => join(context.folder, `${id}.json`);
const blobs = (context: OutsideContext) => createBlobStore(join(context.folder, 'blobs'));

export async function lookOutside(context: OutsideContext): Promise<Result<OutsideSnapshot, GitError>> {
  try {
    const places = await guardedPlaces(context);
    const guarded = await readGuarded(places, blobs(context));
    const rest = await lookAtUser(context, context.harness, {
      known: await latestKnown(context),
      again: false,
    });
    if (!rest.ok) return rest;
    const snapshot: Snapshot = { version: 1, harness: context.harness.key, places, guarded, ...rest.value };
    const id = context.ids.token();
    await writeAside(fileOf(context, id), JSON.stringify(snapshot));
    await writeAside(join(context.folder, 'latest'), id);
    await dropOld(context.folder);
    return ok({ id });
  } catch (error) {
    return err(diskError('Looking at the repository failed', error));
  }
}

export async function compareOutside(
  context: OutsideContext,
  { id }: OutsideSnapshot,
  own: readonly string[],
): Promise<Result<readonly OutsideChange[], GitError>> {
  try {
    const before = await readSnapshot(context, id);
    if (before === null) return err(failed(`The snapshot ${id} of the repository is gone`));
    const harness = (await context.harnessOf(before.harness)) ?? context.harness;
    const guarded = await restoreGuarded(context, harness, before);
    const now = await lookAtUser(context, harness, { known: before.checkouts, again: true });
    if (!now.ok) return now;
    const refs = await context.broughtRefs();
    return ok([...guarded, ...changedByUser(before, now.value, { edits: own, refs })]);
  } catch (error) {
    return err(diskError('Comparing the repository failed', error));
  }
}

async function readSnapshot(context: OutsideContext, id: string): Promise<Snapshot | null> {
  const content = /^[0-9a-zA-Z]{8,64}$/.test(id) ? await readText(fileOf(context, id)) : null;
  if (content === null) return null;
  const value: unknown = JSON.parse(content);
  return isSnapshot(value) ? value : null;
}

/** The file is ours, written whole and in a folder of ours; the version is what may differ. */
const isSnapshot = (value: unknown): value is Snapshot =>
  typeof value === 'object' && value !== null && 'version' in value && value.version === 1;

async function latestKnown(context: OutsideContext): Promise<readonly CheckoutState[]> {
  const id = await readText(join(context.folder, 'latest'));
  const snapshot = id === null ? null : await readSnapshot(context, id).catch(() => null);
  return snapshot?.checkouts ?? [];
}

async function dropOld(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  if (names.length <= KEPT_SNAPSHOTS) return;
  const aged = await Promise.all(
    names.map(async (name) => ({
      name,
      at: (await stat(join(folder, name)).catch(() => null))?.mtimeMs ?? 0,
    })),
  );
  const old = aged.sort((a, b) => a.at - b.at).slice(0, names.length - KEPT_SNAPSHOTS);
  await Promise.all(old.map(({ name }) => rm(join(folder, name), { force: true })));
}

/** Reading configuration runs nothing, so the user's git may say where hooks and included files are. */
async function guardedPlaces(context: OutsideContext): Promise<GuardedPlaces> {
  const root = context.checkouts[0]?.root ?? context.commonDir;
  const listed = await context.git.run(
    ['config', '--local', '--includes', '--list', '-z', '--show-origin', '--name-only'],
    {
      cwd: root,
      okCodes: [0, 1, 128],
    },
  );
  const included = new Set<string>();
  for (const field of fields(listed.ok ? listed.value.stdout.toString('utf8') : '')) {
    if (field.startsWith('file:')) included.add(resolve(root, field.slice('file:'.length)));
  }
  included.delete(join(context.commonDir, 'config'));
  const named = await context.git.run(['config', '--type=path', '--get', 'core.hooksPath'], {
    cwd: root,
    okCodes: [0, 1],
  });
  const modules = await context.modules(context.harness);
  return {
    commonDir: context.commonDir,
    admins: await readdir(join(context.commonDir, 'worktrees')).catch(() => []),
    modules: modules.ok ? modules.value.map(({ checkout }) => checkout.gitDir) : [],
    included: [...included].filter((path) => below(context.commonDir, path) || !inCheckout(context, path)),
    hooksPath: hooksFolder(context, root, named.ok ? text(named.value) : ''),
  };
}

/** Hooks inside a checkout are files of the checkout: they are compared there and never undone. */
function hooksFolder(context: OutsideContext, root: string, named: string): string | null {
  if (named === '' || named === '/dev/null') return null;
  const path = resolve(root, named);
  if (path === resolve(homedir()) || path === resolve('/')) return null;
  return inCheckout(context, path) && !below(context.commonDir, path) ? null : path;
}

const inCheckout = (context: OutsideContext, path: string): boolean =>
  context.checkouts.some((checkout) => below(checkout.root, path));

/** Agents' worktrees that were made since count too: we leave no configuration of their own in them. */
async function withOurWorktrees(context: OutsideContext, places: GuardedPlaces): Promise<GuardedPlaces> {
  const parent = join(context.commonDir, 'worktrees');
  const admins = new Set(places.admins);
  for (const admin of await readdir(parent).catch(() => [])) {
    const checkout = await readText(join(parent, admin, 'gitdir'));
    if (checkout !== null && below(context.worktreesRoot, resolve(parent, admin, checkout.trim())))
      admins.add(admin);
  }
  return { ...places, admins: [...admins] };
}

async function restoreGuarded(
  context: OutsideContext,
  harness: Harness,
  before: Snapshot,
): Promise<OutsideChange[]> {
  const store = blobs(context);
  const now = await readGuarded(await withOurWorktrees(context, before.places), store);
  const nowAt = new Map(now.map((file) => [file.path, file]));
  const beforeAt = new Map(before.guarded.map((file) => [file.path, file]));
  const changes: OutsideChange[] = [];
  const name = async (path: string) => relative(await realpath(context.commonDir), path) || path;
  for (const file of now) {
    if (beforeAt.has(file.path)) continue;
    const change = await addedFile(harness, file, store);
    if (change === null) continue;
    await takeAway(file.path);
    changes.push({
      kind: file.kind,
      guarded: true,
      own: false,
      what: `${await name(file.path)} was added${change} and is removed again`,
    });
  }
  for (const file of before.guarded) {
    const there = nowAt.get(file.path);
    if (there !== undefined && there.mode === file.mode && there.content === file.content) continue;
    const old = file.mode < 0 ? null : await store.read(file.content);
    const verdict = await judge(harness, { file, there, old, store });
    if (verdict === null) continue;
    await putBack(file, verdict.content);
    changes.push({
      kind: file.kind,
      guarded: true,
      own: false,
      what: `${await name(file.path)} was ${verdict.what} and is restored`,
    });
  }
  return changes;
}

/** A new configuration file with nothing but `branch.*` is none; null then. */
async function addedFile(harness: Harness, file: GuardedFile, store: BlobStore): Promise<string | null> {
  if (file.kind !== 'config' || file.mode < 0) return '';
  const { keys } = await compareConfig(harness, Buffer.alloc(0), await store.read(file.content));
  return keys.length === 0 ? null : ` (${keys.join(', ')})`;
}

interface Judged {
  readonly file: GuardedFile;
  readonly there: GuardedFile | undefined;
  readonly old: Buffer | null;
  readonly store: BlobStore;
}

async function judge(
  harness: Harness,
  { file, there, old, store }: Judged,
): Promise<{ readonly what: string; readonly content: Buffer | null } | null> {
  if (there === undefined) return { what: 'removed', content: old };
  if (file.kind !== 'config' || there.mode < 0 || old === null) return { what: 'changed', content: old };
  if (there.content === file.content) return { what: 'changed in its permissions', content: old };
  const { keys, restored } = await compareConfig(harness, old, await store.read(there.content));
  return keys.length === 0 ? null : { what: `changed (${keys.join(', ')})`, content: restored };
}

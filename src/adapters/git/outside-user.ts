import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { isUsersRef } from '../../domain/worktree/naming.ts';
import type { GitError, OutsideChange } from '../../ports/worktrees.ts';
import { dirtyPaths, fileStates, type FileState, type UserCheckout } from './dirty.ts';
import { below } from './files.ts';
import { changedGlobalConfig, readGlobalConfig, type GlobalConfig } from './global-config.ts';
import { text } from './git-process.ts';
import type { Harness } from './harness.ts';
import type { OutsideContext } from './outside.ts';

export interface CheckoutState extends UserCheckout {
  /** `refs/heads/…`, or the commit when detached. */
  readonly head: string;
  readonly dirty: Readonly<Record<string, FileState>>;
}

/** More changes of one kind are counted, not listed. */
const MAX_NAMED = 50;

/** What is the user's own: it is compared and named, and never undone. */
export interface UserState {
  readonly refs: Readonly<Record<string, Commit>>;
  readonly stash: string;
  readonly checkouts: readonly CheckoutState[];
  /** Missing in pictures of earlier versions. */
  readonly globalConfig?: GlobalConfig | null;
}

interface Earlier {
  readonly known: readonly CheckoutState[];
  /** Look again at every file that was dirty then: a commit makes it clean without changing it. */
  readonly again: boolean;
}

export async function lookAtUser(
  context: OutsideContext,
  harness: Harness,
  earlier: Earlier,
): Promise<Result<UserState, GitError>> {
  const listed = await context.user.refs();
  if (!listed.ok) return listed;
  const users = listed.value.filter(({ name }) => isUsersRef(name));
  const stashed = users.find(({ name }) => name === 'refs/stash')?.oid ?? '';
  const log = await readFile(join(context.commonDir, 'logs', 'refs', 'stash')).catch(() => Buffer.alloc(0));
  const checkouts: CheckoutState[] = [];
  for (const checkout of context.checkouts) {
    const state = await lookAtCheckout(context, harness, checkout, earlier);
    if (!state.ok) return state;
    checkouts.push(state.value);
  }
  const modules = await context.modules(harness);
  if (!modules.ok) return modules;
  for (const module of modules.value) {
    const state = await lookAtCheckout(context, module.harness, module.checkout, earlier);
    if (!state.ok) return state;
    // Its branches are in no list of refs, so the commit says more than the name of one.
    const head = await context.user.readRef('HEAD', module.checkout.gitDir);
    checkouts.push({ ...state.value, head: head ?? state.value.head });
  }
  return ok({
    refs: Object.fromEntries(
      users.filter(({ name }) => name !== 'refs/stash').map(({ name, oid }) => [name, oid]),
    ),
    stash: stashed === '' ? '' : `${stashed} ${createHash('sha256').update(log).digest('hex')}`,
    checkouts,
    globalConfig: await readGlobalConfig(context.git, context.checkouts[0]?.root ?? context.commonDir),
  });
}

async function lookAtCheckout(
  context: OutsideContext,
  harness: Harness,
  checkout: UserCheckout,
  { known, again }: Earlier,
): Promise<Result<CheckoutState, GitError>> {
  const attached = await context.user.run(['symbolic-ref', '--quiet', 'HEAD'], {
    gitDir: checkout.gitDir,
    okCodes: [0, 1, 128],
  });
  const commit = await context.user.readRef('HEAD', checkout.gitDir);
  if (commit === null) return ok({ ...checkout, head: 'nothing', dirty: {} });
  const dirty = await dirtyPaths(harness, checkout, commit);
  if (!dirty.ok) return dirty;
  const before = known.find(({ root }) => root === checkout.root)?.dirty ?? {};
  const { changed, untracked, unmerged } = dirty.value;
  const paths = new Set([...changed, ...untracked, ...unmerged, ...(again ? Object.keys(before) : [])]);
  const head = attached.ok && attached.value.code === 0 ? text(attached.value) : commit;
  return ok({ ...checkout, head, dirty: await fileStates(checkout.root, [...paths], before) });
}

/** What the person did through us. */
export interface OwnDoing {
  /** Real paths of files that they changed in the editor, or of folders with all that is in them. */
  readonly edits: readonly string[];
  /** `REF OID`: where they had us bring a branch. */
  readonly refs: ReadonlySet<string>;
}

export function changedByUser(before: UserState, now: UserState, own: OwnDoing): OutsideChange[] {
  return [
    ...changedRefs(before, now, own.refs),
    ...changedCheckouts(before.checkouts, now.checkouts, own.edits),
    ...named('config', changedGlobalConfig(before.globalConfig ?? null, now.globalConfig ?? null)),
  ];
}

function changedRefs(before: UserState, now: UserState, own: OwnDoing['refs']): OutsideChange[] {
  const names = [...new Set([...Object.keys(before.refs), ...Object.keys(now.refs)])].sort();
  const short = (oid: string | undefined) => oid?.slice(0, 12) ?? '';
  const changed = names.filter((name) => before.refs[name] !== now.refs[name]);
  const isOwn = (name: string) => own.has(`${name} ${now.refs[name] ?? ''}`);
  const tell = (name: string): string => {
    const [old, next] = [before.refs[name], now.refs[name]];
    if (old === undefined) return `${name} was created at ${short(next)}`;
    if (next === undefined) return `${name} was deleted (it was at ${short(old)})`;
    return `${name} was moved from ${short(old)} to ${short(next)}`;
  };
  return [
    ...named('ref', changed.filter((name) => !isOwn(name)).map(tell)),
    ...changed
      .filter(isOwn)
      .map((name): OutsideChange => ({ kind: 'ref', guarded: false, own: true, what: tell(name) })),
    ...(before.stash === now.stash ? [] : named('stash', ['the stash was changed'])),
  ];
}

function changedCheckouts(
  before: readonly CheckoutState[],
  now: readonly CheckoutState[],
  own: readonly string[],
): OutsideChange[] {
  const changes: string[] = [];
  const owned: OutsideChange[] = [];
  for (const next of now) {
    const old = before.find(({ root }) => root === next.root);
    if (old === undefined) continue;
    if (old.head !== next.head) changes.push(`HEAD of ${next.root} was ${old.head} and is ${next.head}`);
    const paths = [...new Set([...Object.keys(old.dirty), ...Object.keys(next.dirty)])].sort();
    for (const path of paths) {
      if (old.dirty[path]?.hash === next.dirty[path]?.hash) continue;
      const what = `${path} was changed in ${next.root}`;
      if (own.some((one) => below(one, join(next.root, path))))
        owned.push({ kind: 'checkout', guarded: false, own: true, what });
      else changes.push(what);
    }
  }
  return [...named('checkout', changes), ...owned];
}

function named(kind: OutsideChange['kind'], all: readonly string[]): OutsideChange[] {
  const shown = all.slice(0, MAX_NAMED);
  const rest = all.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].map((what) => ({
    kind,
    guarded: false,
    own: false,
    what,
  }));
}

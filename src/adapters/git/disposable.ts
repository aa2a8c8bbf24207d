import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { Checkout, FileChange, GitError } from '../../ports/worktrees.ts';
import { removeFolder, writeAside, readText } from './files.ts';
import { packHistory } from './lent-repository.ts';
import { fillModules } from './modules/fill-modules.ts';
import { modulesIn, type Part } from './sparse.ts';
import type { TaskContext } from './task-context.ts';
import { capture, changedFiles, copyIndex, populate } from './tree.ts';

/** Beside each checkout, out of its agent's sight: the index of the untouched files, and room for objects. */
const indexOf = (path: string): string => `${path}.index`;
const objectsOf = (path: string): string => `${path}.objects`;

/**
 * A checkout that is a repository of its own: detached at the commit, reading the user's objects and writing its
 * own, so that `git log` and `git diff` work and nothing done there with git reaches the user's repository.
 */
export async function createCheckout(
  context: TaskContext,
  request: {
    readonly commit: Commit;
    readonly label: string;
    readonly part: Part | undefined;
    readonly alone: boolean;
    readonly signal: AbortSignal;
  },
): Promise<Result<Checkout, GitError>> {
  const label = request.label.replace(/[^a-zA-Z0-9_-]/g, '-').slice(0, 40) || 'checkout';
  const path = join(context.checkouts, `${label}-${context.ids.token().slice(0, 8)}`);
  await context.ledger.record({ kind: 'checkout', id: `checkout:${path}`, taskId: context.taskId, path });
  const checkout = { path, commit: request.commit };
  try {
    const filled = await fill(context, checkout, request);
    if (!filled.ok) await discardCheckout(context, checkout);
    return filled;
  } catch (error) {
    // A full disk: whoever asks again gets another one.
    await discardCheckout(context, checkout);
    throw error;
  }
}

async function fill(
  context: TaskContext,
  checkout: Checkout,
  {
    part,
    alone,
    signal,
  }: { readonly part: Part | undefined; readonly alone: boolean; readonly signal: AbortSignal },
): Promise<Result<Checkout, GitError>> {
  const { path, commit } = checkout;
  await mkdir(path, { recursive: true, mode: 0o700 });
  const populated = await context.populating(() =>
    populate(context.harness, {
      workTree: path,
      commit,
      part,
      fromIndex: null,
      keepIndex: indexOf(path),
      signal,
    }),
  );
  if (!populated.ok) return populated;
  const modules = await context.modules(commit);
  if (!modules.ok) return modules;
  const laid = await fillModules({
    workTree: path,
    modules: modulesIn(part, modules.value),
    states: [],
    indexOf: () => null,
    signal,
  });
  if (!laid.ok) return laid;
  const given = await giveRepository(context, checkout, alone);
  if (!given.ok) return given;
  await mkdir(join(path, context.prefix), { recursive: true });
  return ok(checkout);
}

/** The `.git` folder is made aside and renamed, so that a crash leaves none or a whole one. */
async function giveRepository(
  context: TaskContext,
  { path, commit }: Checkout,
  alone: boolean,
): Promise<Result<void, GitError>> {
  const draft = `${path}.git-draft`;
  await mkdir(join(draft, 'objects', 'info'), { recursive: true });
  await mkdir(join(draft, 'refs', 'heads'), { recursive: true });
  await mkdir(join(draft, 'info'));
  const carried = (await readText(join(context.harness.gitDir, 'config'))) ?? '';
  await writeAside(join(draft, 'config'), `${carried}[core]\n\tbare = false\n`, 0o644);
  await writeAside(join(draft, 'HEAD'), `${commit}\n`, 0o644);
  if (alone) {
    const packed = await packHistory(context, commit, draft);
    if (!packed.ok) return packed;
  } else await borrowObjects(context, draft);
  await copyFile(join(context.harness.gitDir, 'info', 'exclude'), join(draft, 'info', 'exclude'));
  await copyIndex(context.harness, indexOf(path), join(draft, 'index'));
  await rename(draft, join(path, '.git'));
  return ok(undefined);
}

async function borrowObjects({ commonDir }: TaskContext, gitFolder: string): Promise<void> {
  const file = join(gitFolder, 'objects', 'info', 'alternates');
  await writeAside(file, alternate(join(commonDir, 'objects')), 0o644);
  const shallow = join(commonDir, 'shallow');
  if (existsSync(shallow)) await copyFile(shallow, join(gitFolder, 'shallow'));
}

/** One path a line; a leading quote or hash would be read as something else. */
function alternate(path: string): string {
  const quoted = /^["#]|[\n"\\]/.test(path) && process.platform !== 'win32';
  return `${quoted ? `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"` : path}\n`;
}

/** What differs from the commit now. New objects go to a folder that is dropped with the checkout. */
export async function checkoutChanges(
  context: TaskContext,
  { path, commit }: Checkout,
): Promise<Result<readonly FileChange[], GitError>> {
  const scratchObjects = objectsOf(path);
  await mkdir(scratchObjects, { recursive: true });
  const captured = await capture(context.harness, {
    workTree: path,
    baseIndex: indexOf(path),
    baseCommit: commit,
    scratchObjects,
  });
  if (!captured.ok) return captured;
  const changed = await changedFiles(context.harness, {
    from: commit,
    to: captured.value.tree,
    scratchObjects,
  });
  return changed.ok ? ok(changed.value.files) : changed;
}

/** Checkouts of a killed process. What stands in the ledger alone was never made, or removed already. */
export async function recoverCheckouts(
  context: TaskContext,
  inUse: readonly string[],
): Promise<Result<number, GitError>> {
  const entries = await context.ledger.entries(context.taskId);
  let removed = 0;
  for (const entry of entries) {
    if (entry.kind !== 'checkout' || inUse.includes(entry.path)) continue;
    if (existsSync(entry.path)) removed += 1;
    await discardCheckout(context, { path: entry.path, commit: '' });
  }
  return ok(removed);
}

/** Removes a checkout, if the ledger says that it is one of ours. */
export async function discardCheckout(context: TaskContext, { path }: Checkout): Promise<void> {
  const entries = await context.ledger.entries(context.taskId);
  const owned = entries.some((entry) => entry.kind === 'checkout' && entry.path === path);
  if (!owned || dirname(path) !== context.checkouts || basename(path) === '') {
    context.logger.warn('A folder that is not a checkout of this loop is left alone', {
      taskId: context.taskId,
      path,
    });
    return;
  }
  await removeFolder(path);
  await Promise.all(
    [indexOf(path), objectsOf(path), `${path}.git-draft`].map((extra) =>
      rm(extra, { recursive: true, force: true, maxRetries: 3 }),
    ),
  );
  await context.ledger.forget(`checkout:${path}`);
}

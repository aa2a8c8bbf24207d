import { lstat, mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { agentBranch, branchRef } from '../../domain/worktree/naming.ts';
import type { AgentWorktree, GitError, WorktreeCondition, WorktreeStanding } from '../../ports/worktrees.ts';
import {
  agentIndex,
  forgetAgent,
  readAgent,
  worktreeId,
  writeAgent,
  type AgentState,
} from './agent-state.ts';
import { recordRef } from './kept-ref.ts';
import { asideOf, isRealFolder, removeFolder, samePath } from './files.ts';
import { failed, refused } from './git-process.ts';
import { exists } from './harness.ts';
import { captureWhole, moduleIndex, type CapturedWhole } from './modules/capture-whole.ts';
import { fillModules, removeModules } from './modules/fill-modules.ts';
import type { WorktreeEntry } from './parse.ts';
import { rescue, type Held } from './rescue.ts';
import { rescueHeads } from './rescue-worktree.ts';
import { modulesIn, type Part } from './sparse.ts';
import type { TaskContext } from './task-context.ts';
import { capture, populate, setupDigest } from './tree.ts';
import { adopt, findAdmin, ownAdmin, ownHeads } from './worktree-admin.ts';
import { isOwnLock, ownLock, standingOf, sweepUnfinished } from './unfinished.ts';
import { callBack, conditionOf, movedText, registerWhereItIs } from './worktree-condition.ts';

interface Request {
  readonly agentId: string;
  readonly start: Commit;
  readonly part: Part | undefined;
  readonly signal: AbortSignal;
}

interface Place extends Request {
  readonly path: string;
  readonly branch: string;
}

/** Creates or moves an agent's worktree. May be called again at any point after a crash. */
export async function prepareWorktree(
  context: TaskContext,
  request: Request,
): Promise<Result<AgentWorktree, GitError>> {
  const found = await locate(context, request);
  if (!found.ok) return found;
  const { place, entry } = found.value;
  const known = await readAgent(context, request.agentId);
  const before = known === null ? null : await describeBefore(context, place, known);
  if (before !== null && !before.ok) return before;
  const standing = entry === null ? null : await admin(context, place, known);
  const settled =
    standing !== null ? await move(context, place, { standing, known }) : await create(context, place, entry);
  if (!settled.ok) return settled;
  const setup = await setupDigest(context.harness, request.start);
  if (!setup.ok) return setup;
  const reusable = standing !== null && known !== null && known.used && known.setup === setup.value;
  const needsSetup = !(reusable && before !== null && before.value === setup.value);
  const mark = markFor(context, known, standing);
  const state: AgentState = {
    admin: settled.value,
    mark,
    start: request.start,
    setup: setup.value,
    used: !needsSetup,
    part: request.part,
  };
  await writeAgent(context, request.agentId, state);
  const adopted = await adopt(context, {
    agentId: request.agentId,
    path: place.path,
    admin: settled.value,
    commit: request.start,
    index: agentIndex(context, request.agentId),
    mark,
  });
  if (!adopted.ok) return adopted;
  await mkdir(join(place.path, context.prefix), { recursive: true });
  return ok({ path: place.path, branch: place.branch, needsSetup });
}

/** Git makes a new admin folder for a worktree that is made anew, so it gets a mark of its own. */
const markFor = (context: TaskContext, known: AgentState | null, standing: string | null): string =>
  (standing === null ? undefined : known?.mark) ?? context.ids.token();

/** Whole ones are left as they are; what a killed start left half made is taken away, with its files rescued. */
export async function recoverWorktree(
  context: TaskContext,
  request: Omit<Request, 'signal'>,
): Promise<Result<WorktreeStanding, GitError>> {
  const standing = await standingOf(context, request.agentId);
  if (standing !== 'half-made') return ok(standing);
  const found = await locate(context, { ...request, signal: new AbortController().signal });
  if (!found.ok) return found;
  const cleared = await clear(context, found.value.place, found.value.entry);
  return cleared.ok ? ok(standing) : cleared;
}

/** What decides the set-up in the worktree as the last agent left it; '' when that cannot be told. */
async function describeBefore(
  context: TaskContext,
  place: Place,
  known: AgentState,
): Promise<Result<string, GitError>> {
  if (!(await exists(place.path))) return ok('');
  const captured = await capture(context.harness, {
    workTree: place.path,
    baseIndex: agentIndex(context, place.agentId),
    baseCommit: known.start,
    part: place.part,
    signal: place.signal,
  });
  return captured.ok ? setupDigest(context.harness, captured.value.tree) : captured;
}

interface Located {
  readonly place: Place;
  /** What git has registered for the path. */
  readonly entry: WorktreeEntry | null;
}

/** Decides where the worktree is, makes sure that what is there is ours, and writes both names into the ledger. */
async function locate(context: TaskContext, request: Request): Promise<Result<Located, GitError>> {
  const branch = agentBranch(context.taskId, request.agentId);
  const id = worktreeId(context, request.agentId);
  const entries = await context.ledger.entries(context.taskId);
  const owned = entries.find((entry) => entry.id === id);
  const ownsBranch = entries.some((entry) => entry.id === `ref:${branchRef(branch)}`);
  const path =
    owned?.kind === 'worktree' ? owned.path : await normalise(context.worktreePath(request.agentId));
  if (owned === undefined && (await lstat(path).catch(() => null)) !== null) {
    return err(
      refused(
        `The folder ${path} already exists and was not made by this loop; move it away or use another task id.`,
      ),
    );
  }
  if (!ownsBranch && (await context.user.readRef(branchRef(branch))) !== null) {
    return err(
      refused(
        `The branch ${branch} already exists and was not made by this loop; rename it or use another task id.`,
      ),
    );
  }
  await context.ledger.record({ kind: 'worktree', id, taskId: context.taskId, path });
  const unlinking = await unlinked(context, path);
  if (!unlinking.ok) return unlinking;
  await recordRef(context, branchRef(branch));
  const strayed = await hasStrayed(context, { agentId: request.agentId, path, linked: unlinking.value });
  const registered = await context.user.worktrees();
  if (!registered.ok) return registered;
  const condition = await conditionOf(context, request.agentId, registered.value);
  const ledAway = strayed && condition.kind === 'moved';
  const inTheWay = ledAway ? null : obstacle({ agentId: request.agentId, path }, condition);
  if (inTheWay !== null) return err(refused(inTheWay));
  const entry = registered.value.find((candidate) => samePath(candidate.path, path)) ?? null;
  return ok({ place: { ...request, path, branch }, entry });
}

/** Who leaves a link behind, or moves it under an agent at work, did not do so to go on there. Git is told either way. */
async function hasStrayed(
  context: TaskContext,
  { agentId, path, linked }: { readonly agentId: string; readonly path: string; readonly linked: boolean },
): Promise<boolean> {
  const strayed = linked || (await readAgent(context, agentId))?.strayed === true;
  await (strayed ? callBack : registerWhereItIs)(context, agentId, path);
  return strayed;
}

/** What only a person can put right; git itself would refuse it in words that name no way out. */
function obstacle(
  { agentId, path }: { readonly agentId: string; readonly path: string },
  condition: WorktreeCondition,
): string | null {
  if (condition.kind === 'moved') return movedText(agentId, path, condition.to);
  if (condition.kind !== 'locked' || condition.there) return null;
  return `The worktree ${path} of ${agentId} is locked (${condition.reason || 'no reason given'}) and its folder is not there; bring it back, or run: git worktree unlock ${path}`;
}

/**
 * An agent may have put a link where its worktree was: the link goes, what it points to is not touched. True when
 * there was one.
 */
async function unlinked(context: TaskContext, path: string): Promise<Result<boolean, GitError>> {
  const there = await lstat(path).catch(() => null);
  const isStrange = there !== null && !there.isDirectory();
  if (isStrange) {
    context.logger.warn('Something else stood in the place of a worktree', { taskId: context.taskId, path });
    await rm(path, { force: true });
  }
  const parent = dirname(path);
  await mkdir(parent, { recursive: true });
  if (await isRealFolder(parent)) return ok(isStrange);
  return err(
    refused(`${parent} is reached through a link, which it was not when it was made; put the folder back.`),
  );
}

/** git writes down real paths; a link somewhere above must not make our own worktree a stranger. */
async function normalise(path: string): Promise<string> {
  const parent = dirname(path);
  try {
    await mkdir(parent, { recursive: true });
    return join(await realpath(parent), basename(path));
  } catch {
    return path;
  }
}

/** The admin folder of a worktree that is complete and can be moved, else null. */
async function admin(context: TaskContext, place: Place, known: AgentState | null): Promise<string | null> {
  if (!(await exists(place.path))) return null;
  const named = await findAdmin(context, place.path);
  if (named !== null && (await exists(agentIndex(context, place.agentId)))) return named;
  return known !== null && (await exists(join(context.commonDir, 'worktrees', known.admin)))
    ? known.admin
    : null;
}

/** Moves a standing worktree to the new start; what no ref holds yet is rescued first. */
async function move(
  context: TaskContext,
  place: Place,
  { standing, known }: { readonly standing: string; readonly known: AgentState | null },
): Promise<Result<string, GitError>> {
  return context.harness.withScratch(async (scratch) => {
    const captured = await captureLeft(context, place, { start: known?.start ?? place.start, scratch });
    if (!captured.ok) return captured;
    const rescued = await rescue(context, {
      agentId: place.agentId,
      start: place.start,
      heads: await ownHeads(context, place.agentId, standing),
      ...captured.value,
    });
    if (!rescued.ok) return rescued;
    const populated = await fill(context, place, captured.value);
    return populated.ok ? ok(standing) : populated;
  });
}

const captureLeft = (
  context: TaskContext,
  { agentId, path, part, signal }: Place,
  left: { readonly start: Commit; readonly scratch: string },
) => captureWhole(context, { agentId, workTree: path, part, signal, ...left });

/** Puts the worktree at its start. `left`: what lies in it; null when it is new. */
async function fill(
  context: TaskContext,
  { agentId, path, start, part, signal }: Place,
  left: CapturedWhole | null,
): Promise<Result<void, GitError>> {
  const all = await context.modules(start);
  if (!all.ok) return all;
  const modules = modulesIn(part, all.value);
  return context.populating(async () => {
    const keepIndex = agentIndex(context, agentId);
    await mkdir(dirname(keepIndex), { recursive: true });
    const states = left?.modules ?? [];
    await removeModules(path, states, modules);
    const fromIndex = left?.index ?? null;
    const populated = await populate(context.harness, {
      workTree: path,
      commit: start,
      part,
      fromIndex,
      keepIndex,
      signal,
    });
    if (!populated.ok) return populated;
    const indexOf = (module: string) => moduleIndex(context, agentId, module);
    return fillModules({ workTree: path, modules, states, indexOf, signal });
  });
}

async function create(
  context: TaskContext,
  place: Place,
  entry: WorktreeEntry | null,
): Promise<Result<string, GitError>> {
  const cleared = await clear(context, place, entry);
  if (!cleared.ok) return cleared;
  // From here until it is written again the worktree counts as half made.
  await forgetAgent(context, place.agentId);
  const branched = await context.user.setRef(branchRef(place.branch), place.start, 'force');
  if (!branched.ok) return branched;
  // Locked by name until it is whole, so that whoever finds it half made knows whose it is.
  const lock = ['--lock', '--reason', ownLock(context, place.agentId)];
  const added = await context.user.run([
    'worktree',
    'add',
    ...lock,
    '--no-checkout',
    place.path,
    place.branch,
  ]);
  if (!added.ok) return added;
  const adminName = await findAdmin(context, place.path);
  if (adminName === null) return err(failed(`git made no worktree at ${place.path}`));
  const populated = await fill(context, place, null);
  return populated.ok ? ok(adminName) : populated;
}

/**
 * Takes away what a killed `git worktree add`, a prune or a deleted folder left behind. The ledger said before that
 * path and branch are ours; files found there are rescued, and ignored ones are kept in a folder beside it.
 */
async function clear(
  context: TaskContext,
  place: Place,
  entry: WorktreeEntry | null,
): Promise<Result<void, GitError>> {
  await sweepUnfinished(context, place.agentId);
  const names = await readdir(place.path).catch(() => null);
  const hasFiles = names !== null && names.some((name) => name !== '.git');
  const rescued = hasFiles
    ? await rescueLeft(context, place)
    : await rescueHeads(context, place.agentId, place.start);
  if (!rescued.ok) return rescued;
  if (hasFiles) await clearRescued(context, place);
  else await removeFolder(place.path);
  if (entry === null) return ok(undefined);
  // Only a lock that `worktree add` itself left is forced; one that somebody set on purpose is respected.
  const force = isOwnLock(context, place.agentId, entry.locked) ? ['--force', '--force'] : [];
  const removed = await context.user.run(['worktree', 'remove', ...force, '--', entry.path]);
  return removed.ok ? ok(undefined) : removed;
}

async function rescueLeft(context: TaskContext, place: Place): Promise<Result<Held, GitError>> {
  const { agentId, start } = place;
  const put = (await readAgent(context, agentId))?.start ?? start;
  return context.harness.withScratch(async (scratch) => {
    const left = await captureLeft(context, place, { start: put, scratch });
    if (!left.ok) return left;
    const heads = await ownHeads(context, agentId, await ownAdmin(context, agentId));
    return rescue(context, { agentId, start, heads, ...left.value });
  });
}

/** Everything but ignored files is in a commit by now. */
async function clearRescued(context: TaskContext, place: Place): Promise<void> {
  const ignored = await context.harness.withScratch((scratch) =>
    context.harness.run(['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory'], {
      workTree: place.path,
      index: join(scratch, 'index'),
    }),
  );
  if (ignored.ok && ignored.value.stdout.length === 0) return removeFolder(place.path);
  const aside = asideOf(place.path, context.ids.token().slice(0, 8));
  await rename(place.path, aside);
  context.logger.warn('A worktree that git no longer knows was set aside', { taskId: context.taskId, aside });
}

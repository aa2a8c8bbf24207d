import { ok, type Result } from '../base/result.ts';
import type { LoopHolder } from '../ports/journal.ts';
import type { LoopStorage } from '../ports/loop-storage.ts';
import type { OwnedItem, TaskGit } from '../ports/worktrees.ts';
import { cleanUpAlone } from './clean-up-lease.ts';
import { containerLeftovers, type CleanContainersDeps } from './clean-up-containers.ts';
import type { LoopDeps } from './loop-deps.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';
import { storedView } from './stored-view.ts';

export interface CleanUpRequest {
  /** Only this loop; null: all of the repository, with `.artifacts` of the checkout. */
  readonly taskId: string | null;
  /** Loops that ended later are kept. */
  readonly olderThanMs: number;
  /** False: nothing is changed, the report says what would be. */
  readonly remove: boolean;
}

export interface CleanUpItem {
  readonly kind: OwnedItem['kind'] | 'ports' | 'attempts' | 'journal' | 'evidence' | 'container' | 'network';
  /** Path, ref or branch. */
  readonly name: string;
  readonly agentId?: string | null;
  /** Null where it takes no space worth naming. */
  readonly bytes: number | null;
  /** Why it stays; null: it may go, or went. */
  readonly kept: string | null;
}

export interface CleanUpLoop {
  readonly taskId: string;
  readonly state: 'finished' | 'open' | 'in use' | 'never started' | 'unreadable';
  readonly endedAt: number | null;
  /** All that it takes on disk, archives included. */
  readonly bytes: number;
  /** Why the whole loop stays; null when its items may go. */
  readonly kept: string | null;
  readonly items: readonly CleanUpItem[];
  /** Rescue refs that were made on the way. */
  readonly rescued: readonly string[];
  /** Ignored files and folders that went with worktrees. */
  readonly ignored: readonly string[];
}

export interface CleanUpReport {
  readonly removed: boolean;
  readonly loops: readonly CleanUpLoop[];
  /** Old ignored files below `.artifacts` of the checkout. */
  readonly artifacts: readonly string[];
  /** Containers and networks of the repository; those that nobody uses any more may go whatever the age of loops. */
  readonly containers: readonly CleanUpItem[];
  readonly bytes: number;
}

export interface CleanUpDeps
  extends CleanContainersDeps, Pick<LoopDeps, 'clock' | 'portLeases' | 'folders' | 'files'> {
  readonly storage: LoopStorage;
}

/** Shows what the ledger owns, and removes what may go: archived first, work that is nowhere else rescued first. */
export async function cleanUp(
  deps: CleanUpDeps,
  request: CleanUpRequest,
): Promise<Result<CleanUpReport, LoopError>> {
  const work = () => report(deps, request);
  return request.remove ? cleanUpAlone(deps.store, work) : work();
}

async function report(deps: CleanUpDeps, request: CleanUpRequest): Promise<Result<CleanUpReport, LoopError>> {
  const before = deps.clock.now() - request.olderThanMs;
  const tasks = await tasksOf(deps);
  const wanted = tasks.filter((id) => sameId(id, request.taskId ?? id));
  if (request.taskId !== null && wanted.length === 0) {
    return fail('input', `There is no loop "${request.taskId}" in this repository.`);
  }
  const left = await containerLeftovers(deps, request.taskId);
  const loops: CleanUpLoop[] = [];
  for (const taskId of wanted) loops.push(await cleanLoop(deps, { taskId, before, remove: request.remove }));
  const artifacts = request.taskId === null ? await oldArtifacts(deps, request.remove) : [];
  return ok({
    removed: request.remove,
    loops,
    artifacts,
    containers: request.remove ? await left.remove() : left.items,
    bytes: loops.reduce((sum, loop) => sum + loop.bytes, 0),
  });
}

/** Scratch files have an age of their own, whatever loops are asked for. */
const ARTIFACT_MS = 7 * 86_400_000;

async function oldArtifacts(deps: CleanUpDeps, remove: boolean): Promise<readonly string[]> {
  const before = deps.clock.now() - ARTIFACT_MS;
  const { repository } = deps;
  const found = await (remove ? repository.removeArtifacts(before) : repository.oldArtifacts(before));
  if (found.ok) return found.value;
  deps.logger.warn(`.artifacts was left alone: ${found.error.message}`);
  return [];
}

const sameId = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

/** Snapshots of a dirty checkout have no task; they are part of the loops that began with them. */
async function tasksOf(deps: CleanUpDeps): Promise<readonly string[]> {
  const ids = new Map<string, string>();
  for (const id of await deps.storage.tasks()) ids.set(id.toLowerCase(), id);
  // The ledger knows the id as it was given; a loop that never started has only its folder's name.
  for (const { taskId } of await deps.ledger.entries()) if (taskId) ids.set(taskId.toLowerCase(), taskId);
  return [...ids.values()].sort();
}

interface LoopRequest {
  readonly taskId: string;
  readonly before: number;
  readonly remove: boolean;
}

type Standing = Pick<CleanUpLoop, 'state' | 'endedAt' | 'kept'>;

async function cleanLoop(deps: CleanUpDeps, request: LoopRequest): Promise<CleanUpLoop> {
  const { taskId } = request;
  const standing = await standingOf(deps, request);
  const found = await survey(deps, taskId);
  const whole: CleanUpLoop = {
    taskId,
    ...standing,
    bytes: found.reduce((sum, item) => sum + (item.bytes ?? 0), 0),
    items: found,
    rescued: [],
    ignored: [],
  };
  if (!request.remove || standing.kept !== null) return whole;
  const holder = await deps.store.care(taskId);
  if (!holder.ok) return { ...whole, state: 'in use', kept: 'another process has it' };
  try {
    // It may have been started, or gone on, since the first look.
    const now = await standingOf(deps, request);
    if (now.kept !== null) return { ...whole, ...now };
    return await removeLoop(deps, whole);
  } finally {
    await finishHolding(deps, { taskId, holder: holder.value, empty: standing.state === 'never started' });
  }
}

/** Only loops that are over may be cleaned up. Whoever holds one answers, or keeps it by being alive. */
async function standingOf(deps: CleanUpDeps, { taskId, before }: LoopRequest): Promise<Standing> {
  if (!(await deps.store.exists(taskId))) return { state: 'never started', endedAt: null, kept: null };
  const view = await storedView(deps, taskId);
  if (!view.ok) return { state: 'unreadable', endedAt: null, kept: view.error.message };
  const { endedAt, outcome } = view.value;
  if (outcome === null || endedAt === null) {
    const alive = await deps.store.held(taskId);
    const kept = alive ? 'it runs' : `it is not over; cfn resume ${taskId} or cfn stop ${taskId} first`;
    return { state: alive ? 'in use' : 'open', endedAt: null, kept };
  }
  const young = endedAt > before;
  return { state: 'finished', endedAt, kept: young ? 'it ended too recently' : null };
}

async function survey(deps: CleanUpDeps, taskId: string): Promise<readonly CleanUpItem[]> {
  const items: CleanUpItem[] = [];
  const owned = await deps.repository.task(taskId).owned();
  if (!owned.ok) deps.logger.warn(`What git holds of ${taskId} is unknown: ${owned.error.message}`);
  for (const item of owned.ok ? owned.value : []) {
    const onDisk = item.kind === 'worktree' || item.kind === 'checkout';
    items.push({ ...item, bytes: onDisk ? await deps.storage.bytesOf(item.name) : null });
  }
  for (const { branch } of await leasesOf(deps, taskId))
    items.push({ kind: 'ports', name: branch, bytes: null, kept: null });
  const usage = await deps.storage.usage(taskId);
  const folder = deps.store.folder(taskId);
  if (usage.attempts > 0) items.push({ kind: 'attempts', name: folder, bytes: usage.attempts, kept: null });
  if (usage.journal > 0) items.push({ kind: 'journal', name: folder, bytes: usage.journal, kept: null });
  if (usage.archive > 0)
    items.push({ kind: 'journal', name: folder, bytes: usage.archive, kept: 'archived' });
  if (usage.evidence > 0) items.push({ kind: 'evidence', name: taskId, bytes: usage.evidence, kept: null });
  return items;
}

async function leasesOf(deps: CleanUpDeps, taskId: string) {
  const prefix = `cfn/${taskId}/`;
  return (await deps.portLeases.leases()).filter(({ branch }) => branch.startsWith(prefix));
}

/** In this order, so that whatever is killed in the middle is found again by the next one. */
async function removeLoop(deps: CleanUpDeps, loop: CleanUpLoop): Promise<CleanUpLoop> {
  const { taskId } = loop;
  const task = deps.repository.task(taskId);
  await endOrphans(deps, taskId);
  for (const { branch } of await leasesOf(deps, taskId)) await deps.portLeases.release(branch);
  const folders = await removeFolders(task, loop.items);
  const refs = await task.releaseRefs();
  const archived = await deps.storage.archive(taskId);
  await deps.storage.dropEvidence(taskId);
  if (archived.ok) await forgetAttempts(deps, taskId);
  await task.forget();
  const failures = new Map(folders.failures);
  if (!archived.ok) failures.set(deps.store.folder(taskId), archived.error);
  const removed = new Set(refs.ok ? refs.value.removed : []);
  const left = (item: CleanUpItem): CleanUpItem => {
    const isRef = item.kind === 'branch' || item.kind === 'ref' || item.kind === 'rescue';
    const stayed = isRef && item.kept === null && !removed.has(item.name);
    const kept = stayed ? (refs.ok ? 'it changed just now' : refs.error.message) : item.kept;
    return { ...item, kept: failures.get(item.name) ?? kept };
  };
  return {
    ...loop,
    items: loop.items.map(left),
    rescued: [...folders.rescued, ...(refs.ok ? refs.value.rescued : [])],
    ignored: folders.ignored,
  };
}

/** Processes that outlived their runner or their command; only such that carry a token from the ledger are ended. */
async function endOrphans(deps: CleanUpDeps, taskId: string): Promise<void> {
  for (const entry of await deps.ledger.entries(taskId)) {
    if (entry.kind === 'command') {
      if (entry.engine) await deps.containers.endRun(entry.engine, entry.runToken);
      else await deps.watch.endCarriers(entry.runToken);
      await deps.ledger.forget(entry.id);
    }
    if (entry.kind !== 'attempt') continue;
    if ((await deps.folders.record(entry.folder)) === null) await deps.watch.reap(entry.folder);
  }
}

async function removeFolders(task: TaskGit, items: readonly CleanUpItem[]) {
  const failures: [string, string][] = [];
  const rescued: string[] = [];
  const ignored: string[] = [];
  for (const { kind, name, kept, agentId } of items) {
    if (kept !== null) continue;
    if (kind === 'checkout') await task.discard({ path: name, commit: '' });
    if (kind !== 'worktree' || !agentId) continue;
    const retired = await task.retire(agentId);
    if (!retired.ok) failures.push([name, retired.error.message]);
    else {
      if (retired.value.rescued !== null) rescued.push(retired.value.rescued);
      ignored.push(...retired.value.ignored.map((path) => `${name}/${path}`));
    }
  }
  return { failures, rescued, ignored };
}

async function forgetAttempts(deps: CleanUpDeps, taskId: string): Promise<void> {
  for (const entry of await deps.ledger.entries(taskId))
    if (entry.kind === 'attempt') await deps.ledger.forget(entry.id);
}

async function finishHolding(
  deps: CleanUpDeps,
  held: { readonly taskId: string; readonly holder: LoopHolder; readonly empty: boolean },
): Promise<void> {
  await held.holder.release();
  if (held.empty && !(await deps.store.exists(held.taskId))) await deps.files.remove(held.taskId);
}

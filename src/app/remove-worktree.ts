import { ok, type Result } from '../base/result.ts';
import { iterations, settledExit, type LoopState } from '../domain/loop/state.ts';
import { rescueRef } from '../domain/worktree/naming.ts';
import type { AgentWorktree, FileChange, Retirement } from '../ports/worktrees.ts';
import type { CleanUpDeps, CleanUpItem } from './clean-up.ts';
import { cleanUpAlone } from './clean-up-lease.ts';
import { fail, told } from './loop-error.ts';
import type { RemovedWorktree } from './loop-notes.ts';
import type { LoopError, LoopService } from './loop-service.ts';
import type { LoopViews } from './loop-views.ts';
import { readLoop } from './stored-loop.ts';

export interface RemoveWorktreeRequest {
  readonly taskId: string;
  readonly agentId: string;
  /** False: nothing is changed, the answer says what would be. */
  readonly remove: boolean;
}

export interface WorktreeRemoval {
  readonly removed: boolean;
  readonly taskId: string;
  readonly agentId: string;
  /** False: its folder was gone already. */
  readonly there: boolean;
  /** Of the worktree, on disk. */
  readonly bytes: number;
  /** The worktree, its port lease, and its branch, which stays. */
  readonly items: readonly CleanUpItem[];
  /** Files that no ref of the loop has as they are, and commits of the agent's that none has: rescued first. */
  readonly unsaved: readonly FileChange[];
  readonly looseCommits: number;
  /** The rescue ref that was made on the way; null where none was, or not yet. */
  readonly rescued: string | null;
  /** Ignored files and folders that go with it. */
  readonly ignored: readonly string[];
}

export interface WorktreeRemovalDeps extends CleanUpDeps {
  /** Of a loop that this process holds; null for others. */
  readonly stateOfLive: (taskId: string) => LoopState | null;
  readonly view: LoopViews['view'];
  readonly note: LoopViews['noteRemoved'];
}

/** The worktree of one agent: shown, removed, and made again. */
export function createWorktreeRemoval(
  deps: WorktreeRemovalDeps,
): Pick<LoopService, 'removeWorktree' | 'restoreWorktree'> {
  return {
    removeWorktree: (request) => (request.remove ? removeAlone(deps, request) : show(deps, request)),
    restoreWorktree: (taskId, agentId) => restore(deps, taskId, agentId),
  };
}

/** Why an agent's worktree can not go now; null when it may. A loop that has ended needs none. */
export function whyInUse({ phase, current }: LoopState, agentId: string): string | null {
  if (phase.kind === 'finished') return null;
  const slot = current?.implementers.find((each) => each.agentId === agentId);
  switch (slot?.state.kind) {
    case 'running':
      return `${agentId} is running; stop it first, or wait until its attempt has ended.`;
    case 'pending':
      return `${agentId} is queued and about to work in its worktree; stop the loop, or wait until its attempt has ended.`;
    case 'settled':
    case undefined:
      return null;
  }
}

function checkAgent({ config }: LoopState, agentId: string): Result<void, LoopError> {
  const member = config.crew.find(({ id }) => id === agentId);
  if (!member) {
    const all = config.crew.map(({ id }) => id).join(', ');
    return fail('input', `The loop "${config.taskId}" has no agent "${agentId}"; it has ${all}.`);
  }
  if (member.role === 'implementer') return ok(undefined);
  return fail(
    'state',
    `${agentId} has no worktree of its own: a ${member.role} works in a checkout that is removed when its attempt ends.`,
  );
}

type Named = Pick<RemoveWorktreeRequest, 'taskId' | 'agentId'>;

interface Look {
  readonly plan: Retirement;
  readonly removal: WorktreeRemoval;
  /** What the agent's newest attempt came to, or began at. */
  readonly since: string;
}

async function look(
  { repository, storage, portLeases }: WorktreeRemovalDeps,
  state: LoopState,
  { taskId, agentId }: Named,
): Promise<Result<Look, LoopError>> {
  const checked = checkAgent(state, agentId);
  if (!checked.ok) return checked;
  const inUse = whyInUse(state, agentId);
  if (inUse !== null) return fail('state', inUse);
  const since = newestCommit(state, agentId);
  const planned = told(await repository.task(taskId).retirement({ agentId, since }));
  if (!planned.ok) return planned;
  const plan = planned.value;
  const bytes = plan.there ? await storage.bytesOf(plan.path) : 0;
  const leased = (await portLeases.leases()).some(({ branch }) => branch === plan.branch);
  const item = { agentId, bytes: null, kept: plan.kept };
  const removal: WorktreeRemoval = {
    removed: false,
    taskId,
    agentId,
    there: plan.there,
    bytes,
    items: [
      { ...item, kind: 'worktree', name: plan.path, bytes },
      ...(leased ? [{ ...item, kind: 'ports', name: plan.branch } as const] : []),
      { ...item, kind: 'branch', name: plan.branch, kept: 'it has the commits of the agent' },
    ],
    unsaved: plan.unsaved,
    looseCommits: plan.looseCommits,
    rescued: null,
    ignored: plan.ignored.map((path) => `${plan.path}/${path}`),
  };
  return ok({ plan, removal, since });
}

function newestCommit(state: LoopState, agentId: string): string {
  for (const { implementers, start } of iterations(state).toReversed()) {
    const slot = implementers.find((each) => each.agentId === agentId);
    const exit = slot ? settledExit(slot) : null;
    if (exit) return exit.commit ?? start;
  }
  return state.config.baseCommit;
}

async function show(deps: WorktreeRemovalDeps, named: Named): Promise<Result<WorktreeRemoval, LoopError>> {
  const live = deps.stateOfLive(named.taskId);
  const stored = live ? ok({ state: live }) : await readLoop(deps.store, named.taskId);
  if (!stored.ok) return stored;
  if (live === null && (await deps.store.held(named.taskId))) return heldElsewhere(named.taskId);
  const looked = await look(deps, stored.value.state, named);
  return looked.ok ? ok(looked.value.removal) : looked;
}

const heldElsewhere = (taskId: string, pid?: number) =>
  fail(
    'state',
    `${pid === undefined ? 'Another process' : `Process ${pid}`} runs the loop "${taskId}"; do it from there, or once the loop has ended.`,
  );

/** One clean-up at a time, and the loop in this process: nobody starts the agent meanwhile. */
const removeAlone = (deps: WorktreeRemovalDeps, named: Named): Promise<Result<WorktreeRemoval, LoopError>> =>
  cleanUpAlone(deps.store, () => withState(deps, named.taskId, (state) => remove(deps, state, named)));

async function withState<T>(
  { stateOfLive, store }: WorktreeRemovalDeps,
  taskId: string,
  work: (state: () => LoopState) => Promise<Result<T, LoopError>>,
): Promise<Result<T, LoopError>> {
  const live = stateOfLive(taskId);
  if (live) return work(() => stateOfLive(taskId) ?? live);
  // Holding it would make its folder.
  if (!(await store.exists(taskId))) return fail('input', `There is no loop "${taskId}" in this repository.`);
  const holder = await store.care(taskId);
  if (!holder.ok) {
    return holder.error.kind === 'held'
      ? heldElsewhere(taskId, holder.error.pid)
      : fail('internal', holder.error.message);
  }
  try {
    const stored = await readLoop(store, taskId);
    if (!stored.ok) return stored;
    return await work(() => stored.value.state);
  } finally {
    await holder.value.release();
  }
}

async function remove(
  deps: WorktreeRemovalDeps,
  state: () => LoopState,
  { taskId, agentId }: Named,
): Promise<Result<WorktreeRemoval, LoopError>> {
  const looked = await look(deps, state(), { taskId, agentId });
  if (!looked.ok) return looked;
  const { plan, removal, since } = looked.value;
  if (plan.kept !== null) return fail('state', `The worktree of ${agentId} stays: ${plan.kept}.`);
  await endOrphans(deps, { taskId, agentId });
  // The loop may have gone on meanwhile, and have put it to the start of another attempt.
  const retired = told(await deps.repository.task(taskId).retire(agentId, () => whyInUse(state(), agentId)));
  if (!retired.ok) return retired;
  await deps.portLeases.release(plan.branch);
  const { path, rescued, holder, ignored } = retired.value;
  const ref = rescued === null ? null : rescueRef(taskId, agentId, rescued);
  const gone: RemovedWorktree = { agentId, path, commit: holder ?? since, ref, at: deps.clock.now() };
  const noted = await deps.note(taskId, agentId, gone);
  if (!noted.ok) return noted;
  deps.logger.info('Removed the worktree of an agent', { taskId, agentId, ref });
  return ok({
    ...removal,
    removed: true,
    rescued: ref,
    ignored: ignored.map((name) => `${path}/${name}`),
  });
}

/** Processes that outlived the runner of one of its attempts. */
async function endOrphans(
  { ledger, folders, watch }: WorktreeRemovalDeps,
  { taskId, agentId }: Named,
): Promise<void> {
  for (const entry of await ledger.entries(taskId)) {
    if (entry.kind !== 'attempt' || (await folders.spec(entry.folder))?.agentId !== agentId) continue;
    if ((await folders.record(entry.folder)) === null) await watch.reap(entry.folder);
  }
}

async function restore(
  deps: WorktreeRemovalDeps,
  taskId: string,
  agentId: string,
): Promise<Result<AgentWorktree, LoopError>> {
  const view = await deps.view(taskId);
  if (!view.ok) return view;
  const removed = view.value.removedWorktrees?.find((each) => each.agentId === agentId);
  if (!removed)
    return fail(
      'state',
      `No worktree of ${agentId} in the loop "${taskId}" was removed that could be restored.`,
    );
  const { commit } = removed;
  const there = await deps.repository.resolve(commit);
  if (!there.ok)
    return fail(
      'state',
      `What lay in the worktree of ${agentId} is not in the repository any more: ${commit}.`,
    );
  return withState(deps, taskId, async () => {
    const { signal } = new AbortController();
    const made = told(await deps.repository.task(taskId).restore({ agentId, commit }, signal));
    if (!made.ok) return made;
    const noted = await deps.note(taskId, agentId, null);
    return noted.ok ? made : noted;
  });
}

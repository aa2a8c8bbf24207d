import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { agentBranch } from '../../domain/worktree/naming.ts';
import type { FileChange, GitError, Retirement } from '../../ports/worktrees.ts';
import { agentIndex, readAgent, worktreeOf, type AgentState } from './agent-state.ts';
import { refused } from './git-process.ts';
import { exists } from './harness.ts';
import { moduleStates } from './modules/capture-whole.ts';
import { whyKept } from './owned.ts';
import { holderOf, keptCommits, looseHeads } from './rescue.ts';
import { allIgnored } from './retire.ts';
import type { TaskContext } from './task-context.ts';
import { capture, changedFiles } from './tree.ts';
import { ownAdmin, ownHeads } from './worktree-admin.ts';
import { conditionOf } from './worktree-condition.ts';

interface Look {
  readonly agentId: string;
  readonly since: Commit;
  readonly path: string;
  readonly state: AgentState;
  /** Commits that stay whatever becomes of the worktree. */
  readonly stays: readonly Commit[];
}

/** What `retire` would do with an agent's worktree as it stands. */
export async function retirement(
  context: TaskContext,
  { agentId, since }: { readonly agentId: string; readonly since: Commit },
): Promise<Result<Retirement, GitError>> {
  const path = await worktreeOf(context, agentId);
  if (path === null) return err(refused(`${agentId} has no worktree.`));
  const registered = await context.user.worktrees();
  if (!registered.ok) return registered;
  const state = await readAgent(context, agentId);
  const start = state?.start ?? since;
  const stays = await keptCommits(context, { agentId, start });
  if (!stays.ok) return stays;
  const heads = await ownHeads(context, agentId, await ownAdmin(context, agentId));
  const loose = await looseHeads(context, heads, stays.value);
  const bare: Retirement = {
    path,
    branch: agentBranch(context.taskId, agentId),
    kept: whyKept(await conditionOf(context, agentId, registered.value)),
    there: false,
    unsaved: [],
    looseCommits: loose.length,
    ignored: [],
  };
  if (bare.kept !== null || state === null || !(await exists(path))) return ok(bare);
  const look = { agentId, since, path, state, stays: stays.value };
  const contents = await lookInside(context, look);
  return contents.ok ? ok({ ...bare, there: true, ...contents.value }) : contents;
}

async function lookInside(
  context: TaskContext,
  look: Look,
): Promise<Result<Pick<Retirement, 'kept' | 'unsaved' | 'ignored'>, GitError>> {
  const { agentId, path, state } = look;
  const ignored = await allIgnored(context, { agentId, path, start: state.start });
  if (!ignored.ok) return ignored;
  return context.harness.withScratch(async (scratch) => {
    const unsaved = await unsavedFiles(context, look, scratch);
    if (!unsaved.ok) return unsaved;
    const kept = unsaved.value === null ? 'it has files that can not be read' : null;
    return ok({ kept, unsaved: unsaved.value ?? [], ignored: ignored.value });
  });
}

/** Null where some can not be read. */
async function unsavedFiles(
  context: TaskContext,
  { agentId, since, path, state, stays }: Look,
  scratch: string,
): Promise<Result<readonly FileChange[] | null, GitError>> {
  const { start, part } = state;
  const scratchObjects = join(scratch, 'objects');
  await mkdir(scratchObjects);
  const baseIndex = agentIndex(context, agentId);
  const captured = await capture(context.harness, {
    workTree: path,
    baseIndex,
    baseCommit: start,
    part,
    scratchObjects,
  });
  if (!captured.ok) return captured;
  const modules = await moduleStates(context, { agentId, workTree: path, start, part, scratch });
  if (!modules.ok) return modules;
  if ([captured.value, ...modules.value].some(({ unreadable }) => unreadable !== null)) return ok(null);
  const { tree } = captured.value;
  const inModules = modules.value.flatMap(({ changed: files }) =>
    files.map(({ path: file }) => ({ ...UNCOUNTED, path: file })),
  );
  if (inModules.length === 0 && (await holderOf(context, tree, stays)) !== null) return ok([]);
  const changed = await changedFiles(context.harness, { from: since, to: tree, scratchObjects });
  return changed.ok ? ok([...changed.value.files, ...inModules]) : changed;
}

const UNCOUNTED = { status: 'modified', added: null, removed: null } as const;

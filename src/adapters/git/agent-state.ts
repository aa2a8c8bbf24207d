import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { attemptRef, type AttemptName } from '../../domain/worktree/naming.ts';
import type { GitError } from '../../ports/worktrees.ts';
import { readText, writeAside } from './files.ts';
import { recordRef } from './kept-ref.ts';
import type { Part } from './sparse.ts';
import type { TaskContext } from './task-context.ts';

/** What we know about an agent's worktree; kept in the state folder, where agents do not belong. */
export interface AgentState {
  /** Name of the worktree's folder below `worktrees/` in the common git directory. */
  readonly admin: string;
  readonly start: Commit;
  /** Digest of what decides the set-up at `start`. */
  readonly setup: string;
  /** True once an attempt ended there, so that set-up had been done. */
  readonly used: boolean;
  /** What our file in the admin folder says: tells it from a later one that git gave the same name. */
  readonly mark?: string;
  /** What of `start` was put there, where that was not everything. */
  readonly part?: Part | undefined;
  /** An attempt ended with nothing of ours in its place: it is made anew, wherever the old one went. */
  readonly strayed?: boolean;
}

export const agentIndex = (context: TaskContext, agentId: string): string =>
  join(context.folder, 'agents', `${agentId}.index`);

const stateFile = (context: Pick<TaskContext, 'folder'>, agentId: string): string =>
  join(context.folder, 'agents', `${agentId}.json`);

export async function readAgent(
  context: Pick<TaskContext, 'folder'>,
  agentId: string,
): Promise<AgentState | null> {
  const content = await readText(stateFile(context, agentId));
  if (content === null) return null;
  try {
    const value: unknown = JSON.parse(content);
    return isAgentState(value) ? value : null;
  } catch {
    return null;
  }
}

function isAgentState(value: unknown): value is AgentState {
  if (typeof value !== 'object' || value === null) return false;
  const state: Partial<Record<keyof AgentState, unknown>> = value;
  return (
    typeof state.admin === 'string' &&
    typeof state.start === 'string' &&
    typeof state.setup === 'string' &&
    typeof state.used === 'boolean' &&
    (state.mark === undefined || typeof state.mark === 'string') &&
    (state.part === undefined || isPart(state.part)) &&
    (state.strayed === undefined || typeof state.strayed === 'boolean')
  );
}

function isPart(value: unknown): value is Part {
  if (typeof value !== 'object' || value === null) return false;
  const { cone, base }: Partial<Record<keyof Part, unknown>> = value;
  return (
    typeof base === 'string' && Array.isArray(cone) && cone.every((folder) => typeof folder === 'string')
  );
}

export const writeAgent = (context: TaskContext, agentId: string, state: AgentState): Promise<void> =>
  writeAside(stateFile(context, agentId), JSON.stringify(state));

export const forgetAgent = (context: TaskContext, agentId: string): Promise<void> =>
  rm(stateFile(context, agentId), { force: true });

const attemptFile = (context: TaskContext, name: AttemptName): string =>
  join(context.folder, 'attempts', `${name.iteration}-${name.agentId}-${name.attempt}`);

/** The commit that we made for an attempt. The ref shows it; this file is what we believe. */
export async function readAttempt(context: TaskContext, name: AttemptName): Promise<Commit | null> {
  const content = await readText(attemptFile(context, name));
  return content !== null && /^[0-9a-f]{40,64}$/.test(content) ? content : null;
}

/**
 * Writes the ref first, so that no garbage collection comes between, then the record. A ref that is there without a
 * record, or that differs from it, was written by somebody else and is put right: attempts are ours alone.
 */
export async function recordAttempt(
  context: TaskContext,
  name: AttemptName,
  commit: Commit,
): Promise<Result<string, GitError>> {
  const ref = attemptRef(name);
  const current = await context.user.readRef(ref);
  if (current !== commit) {
    if (current !== null) {
      context.logger.warn('An attempt ref was not ours and is put right', {
        taskId: context.taskId,
        ref,
        current,
      });
    }
    await recordRef(context, ref);
    const set = await context.user.setRef(ref, commit, current === null ? 'create' : 'force');
    if (!set.ok) return set;
  }
  await writeAside(attemptFile(context, name), commit);
  return ok(ref);
}

export const worktreeId = (context: Pick<TaskContext, 'taskId'>, agentId: string): string =>
  `worktree:${context.taskId}/${agentId}`;

/** The agent of a worktree's line in the ledger. */
export const agentOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1);

/** Where the ledger says that an agent's worktree is. */
export async function worktreeOf(
  context: Pick<TaskContext, 'ledger' | 'taskId'>,
  agentId: string,
): Promise<string | null> {
  const id = worktreeId(context, agentId);
  const entry = (await context.ledger.entries(context.taskId)).find((candidate) => candidate.id === id);
  return entry?.kind === 'worktree' ? entry.path : null;
}

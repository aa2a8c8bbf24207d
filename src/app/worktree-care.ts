import { ok, type Result } from '../base/result.ts';
import type { AgentWorktreeCondition, WorktreeCondition } from '../ports/worktrees.ts';
import type { LoopDeps } from './loop-deps.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';
import { storedView } from './stored-view.ts';

/** A worktree of an agent that is not where, or not what, the ledger says. */
export interface WorktreeFault {
  readonly taskId: string;
  readonly agentId: string;
  /** Absolute, where the ledger has it. */
  readonly path: string;
  readonly condition: Exclude<WorktreeCondition, { readonly kind: 'well' }>;
  /** What `repairWorktrees` does about it; null where only a person can, or nothing has to be done. */
  readonly repair: 'take up' | 'drop' | null;
  /** One sentence: what is, and what comes next. */
  readonly text: string;
}

type Deps = Pick<LoopDeps, 'repository' | 'ledger' | 'store' | 'logger' | 'files'>;

/** Looks at every worktree that the ledger names, and at no other. Changes nothing. */
export async function worktreeFaults(deps: Deps): Promise<Result<readonly WorktreeFault[], LoopError>> {
  const tasks = new Set<string>();
  for (const entry of await deps.ledger.entries()) if (entry.kind === 'worktree') tasks.add(entry.taskId);
  const faults: WorktreeFault[] = [];
  for (const taskId of [...tasks].sort()) {
    const conditions = await deps.repository.task(taskId).conditions();
    if (!conditions.ok) return fail('internal', conditions.error.message);
    const found = conditions.value.filter(({ condition }) => condition.kind !== 'well');
    if (found.length === 0) continue;
    const over = await isOver(deps, taskId);
    for (const each of found) faults.push(...faultOf(taskId, each, over));
  }
  return ok(faults);
}

async function isOver(deps: Deps, taskId: string): Promise<boolean> {
  if (!(await deps.store.exists(taskId))) return true;
  const view = await storedView(deps, taskId);
  return view.ok && view.value.outcome !== null;
}

function faultOf(
  taskId: string,
  { agentId, path, condition }: AgentWorktreeCondition,
  over: boolean,
): readonly WorktreeFault[] {
  if (condition.kind === 'well') return [];
  const repair =
    condition.kind === 'moved' ? 'take up' : condition.kind === 'missing' && over ? 'drop' : null;
  const text = `${agentId} of ${taskId}: ${conditionText(condition, path, over)}`;
  return [{ taskId, agentId, path, condition, repair, text }];
}

function conditionText(condition: WorktreeFault['condition'], path: string, over: boolean): string {
  switch (condition.kind) {
    case 'moved':
      return `moved from ${path} to ${condition.to}`;
    case 'missing':
      return over
        ? `the folder ${path} is gone; its commits are kept`
        : `the folder ${path} is gone; it is made anew when the agent starts next`;
    case 'locked': {
      const reason = condition.reason === '' ? 'without a reason' : condition.reason;
      return `${path} is locked (${reason})${condition.there ? '' : ' and its folder is not there'}`;
    }
    case 'replaced':
      return `a link or a file stands at ${path}`;
  }
}

/** Does what each fault's `repair` says, where nobody runs the loop. One sentence for each. */
export async function repairWorktrees(deps: Deps): Promise<Result<readonly string[], LoopError>> {
  const faults = await worktreeFaults(deps);
  if (!faults.ok) return faults;
  const done: string[] = [];
  for (const taskId of new Set(faults.value.map((fault) => fault.taskId))) {
    const due = faults.value.filter((fault) => fault.taskId === taskId && fault.repair !== null);
    if (due.length > 0) done.push(...(await repairTask(deps, taskId, due)));
  }
  return ok(done);
}

async function repairTask(
  deps: Deps,
  taskId: string,
  due: readonly WorktreeFault[],
): Promise<readonly string[]> {
  const known = await deps.store.exists(taskId);
  const holder = await deps.store.care(taskId);
  if (!holder.ok) {
    const why = holder.error.kind === 'held' ? `process ${holder.error.pid} runs it` : holder.error.message;
    return [`${taskId} was left alone, as ${why}.`];
  }
  try {
    const done: string[] = [];
    for (const fault of due) done.push(await repairOne(deps, fault));
    return done;
  } finally {
    await holder.value.release();
    // Of a loop that never started, holding it made the folder.
    if (!known && !(await deps.store.exists(taskId))) await deps.files.remove(taskId);
  }
}

async function repairOne(deps: Deps, { taskId, agentId, repair }: WorktreeFault): Promise<string> {
  const task = deps.repository.task(taskId);
  const name = `${agentId} of ${taskId}`;
  if (repair === 'take up') {
    const taken = await task.takeUpMoved(agentId);
    return taken.ok ? `${name} is taken up at ${taken.value}.` : `${name}: ${taken.error.message}`;
  }
  const retired = await task.retire(agentId);
  if (!retired.ok) return `${name}: ${retired.error.message}`;
  return retired.value.rescued === null
    ? `${name} is dropped from git's list.`
    : `${name} is dropped from git's list; its commits are kept by ${retired.value.rescued}.`;
}

import { reviewed } from '../../domain/adversarial/probe.ts';
import type { AgentExit } from '../../domain/loop/events.ts';
import type { Effect } from '../../domain/loop/effects.ts';
import type { LoopState } from '../../domain/loop/state.ts';
import type { Checkout } from '../../ports/worktrees.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';
import type { EffectContext } from '../loop-session.ts';
import { checkoutKind, sparseOf } from '../sparse.ts';
import type { Attempt } from './launch.ts';
import { furnishCheckout, setUpWorktree } from './prepare.ts';

type RunAgent = Effect & { kind: 'run-agent' };

/** Where an attempt works: an implementer in its worktree, everyone else in a disposable checkout. */
export interface Workplace {
  /** Top level of the checkout. */
  readonly path: string;
  readonly branch: string | null;
  readonly checkout: Checkout | null;
}

/** `known`: the checkout that an earlier process started this very attempt in; null for a new one. */
export async function placeFor(
  scope: LoopScope,
  effect: RunAgent,
  context: EffectContext,
  known: string | null,
): Promise<Workplace> {
  const record = context.state().current;
  if (!record) throw new LoopFault('There is no iteration to work in.');
  if (effect.role !== 'implementer') {
    const commit = reviewed(record, effect.agentId) ?? record.start;
    return known
      ? { path: known, branch: null, checkout: { path: known, commit } }
      : disposablePlace(scope, effect, commit, context);
  }
  const prepared = record.worktrees.find((worktree) => worktree.agentId === effect.agentId);
  // A further attempt starts from the iteration's start again; the first one finds its worktree prepared.
  const there = !scope.lostWorktrees.delete(effect.agentId);
  if (prepared && (known || (effect.attempt === 1 && there)))
    return { path: prepared.path, branch: prepared.branch, checkout: null };
  const worktree = await scope.task.worktree(
    { agentId: effect.agentId, start: record.start, sparse: sparseOf(scope.config) },
    context.signal,
  );
  if (!worktree.ok) throw new LoopFault(worktree.error.message);
  if (worktree.value.needsSetup) await setUpWorktree(scope, effect.agentId, worktree.value.path, context);
  return { path: worktree.value.path, branch: worktree.value.branch, checkout: null };
}

async function disposablePlace(
  scope: LoopScope,
  effect: RunAgent,
  commit: string,
  context: EffectContext,
): Promise<Workplace> {
  const label = `${effect.iteration}-${effect.agentId}-${effect.attempt}`;
  const checkout = await scope.task.checkout(commit, label, context.signal, checkoutKind(scope.config));
  if (!checkout.ok) throw new LoopFault(checkout.error.message);
  // A product owner reads what the others found; a validator may want to see for itself.
  if (effect.role === 'validator') {
    try {
      await furnishCheckout(scope, effect.agentId, checkout.value, context);
    } catch (error) {
      await scope.task.discard(checkout.value);
      throw error;
    }
  }
  return { path: checkout.value.path, branch: null, checkout: checkout.value };
}

export interface Settled extends Pick<AgentExit, 'commit' | 'files' | 'leftOut'> {
  /** Why there is nothing to take: whoever loses its own worktree has failed, whatever it reports. */
  readonly lost: string | null;
}

/** Takes what an attempt left: an implementer's tree is committed once, whatever the ending. */
export async function settlePlace(
  scope: LoopScope,
  { effect, place, folder }: Pick<Attempt, 'effect' | 'place' | 'folder'>,
  state: LoopState,
): Promise<Settled> {
  if (place.checkout) {
    await keepWrites(scope, place.checkout, folder);
    return { commit: null, files: [], lost: null };
  }
  const { iteration, agentId, attempt } = effect;
  const committed = await scope.task.commitAttempt({
    agentId,
    iteration,
    attempt,
    start: state.current?.start ?? state.config.baseCommit,
    message: `cfn: ${agentId}, iteration ${iteration}, attempt ${attempt}`,
  });
  if (!committed.ok) {
    if (committed.error.kind === 'refused') return { commit: null, files: [], lost: committed.error.message };
    throw new LoopFault(committed.error.message);
  }
  const files = committed.value.files.map(({ path, added, removed }) => ({ path, added, removed }));
  const { commit, leftOut } = committed.value;
  return { commit, files, ...(leftOut.length > 0 ? { leftOut } : {}), lost: null };
}

/** What a judge wrote into its checkout is never integrated; that it wrote is kept beside the transcript. */
async function keepWrites(scope: LoopScope, checkout: Checkout, folder: string): Promise<void> {
  const changes = await scope.task.checkoutChanges(checkout);
  if (!changes.ok || changes.value.length === 0) return;
  const lines = changes.value.map((change) => `${change.status} ${change.path}`);
  await scope.folders.keep(folder, 'written-in-checkout.txt', `${lines.join('\n')}\n`);
}

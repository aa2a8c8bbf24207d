import type { Logger } from '../../base/logger.ts';
import type { Effect } from '../../domain/loop/effects.ts';
import type { Role } from '../../domain/loop/model.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';
import type { Checkout } from '../../ports/worktrees.ts';
import type { EffectContext } from '../loop-session.ts';
import { sparseOf } from '../sparse.ts';

/** Puts every implementer's worktree at the iteration's start; sets it up where its dependencies changed. */
export async function prepareIteration(
  scope: LoopScope,
  effect: Effect & { kind: 'prepare-iteration' },
  context: EffectContext,
): Promise<void> {
  const worktrees = [];
  expectAgents(scope, 'implementer');
  for (const member of scope.config.crew.filter((candidate) => candidate.role === 'implementer')) {
    const request = { agentId: member.id, start: effect.start, sparse: sparseOf(scope.config) };
    const made = await scope.task.worktree(request, context.signal);
    if (!made.ok) throw new LoopFault(made.error.message);
    scope.lostWorktrees.delete(member.id);
    const { path, branch, needsSetup } = made.value;
    if (needsSetup) await setUpWorktree(scope, member.id, path, context);
    worktrees.push({ agentId: member.id, path, branch });
  }
  await context.report({ type: 'WorktreesPrepared', iteration: effect.iteration, worktrees });
}

/** Their start can be prepared while something else is waited for. */
export function expectAgents({ config, runtimes }: LoopScope, role: Role): void {
  const count = config.crew.filter((member) => member.role === role).length;
  runtimes[config.runtime].expect?.(Math.min(count, config.maxParallelAgents));
}

/** Each line of a set-up as it comes: into the log, and the newest one to whoever waits. */
export function setUpLog(logger: Logger, show: (line: string) => void): (text: string) => void {
  return (text) => {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    for (const line of lines) logger.info(line);
    const newest = lines.at(-1);
    if (newest !== undefined) show(newest.trim().slice(0, 120));
  };
}

/** An agent can still work where its set-up failed, and may have to mend what made it fail. */
export async function setUpWorktree(
  scope: LoopScope,
  agentId: string,
  path: string,
  context: Pick<EffectContext, 'signal' | 'progress'>,
): Promise<void> {
  const log = sayingSo(scope, agentId, `setting up the worktree of ${agentId}`, context);
  const done = await scope.evidenceRunner.setUpWorktree(path, context.signal, log);
  if (!done.ok)
    scope.logger.warn(`Setting up ${path} failed: ${done.error.message}`, { agentId, log: done.error.log });
}

/** The same for the disposable checkout of a validator, which can judge without running anything too. */
export async function furnishCheckout(
  scope: LoopScope,
  agentId: string,
  checkout: Checkout,
  context: Pick<EffectContext, 'signal' | 'progress'>,
): Promise<void> {
  const log = sayingSo(scope, agentId, `setting up the checkout of ${agentId}`, context);
  const done = await scope.evidenceRunner.furnish(checkout, context.signal, log);
  if (!done.ok)
    scope.logger.warn(`Setting up ${checkout.path} failed: ${done.error.message}`, {
      agentId,
      log: done.error.log,
    });
}

function sayingSo(
  scope: LoopScope,
  agentId: string,
  what: string,
  context: Pick<EffectContext, 'progress'>,
): (text: string) => void {
  context.progress(what);
  return setUpLog(scope.logger.with({ agentId }), (line) => context.progress(`${what}: ${line}`));
}

import { judgeClaim, type Claim, type Proof } from '../../domain/proofs.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { LoopScope } from '../loop-deps.ts';
import type { EffectContext } from '../loop-session.ts';
import { refuseWithoutRoom } from './evidence.ts';

/** Runs the command of each claim on a commit as the agents left it, one after the other. */
export async function judgeClaims(
  scope: LoopScope,
  { commit, claims }: { readonly commit: Commit; readonly claims: readonly Claim[] },
  context: Pick<EffectContext, 'signal' | 'progress'>,
): Promise<readonly Proof[]> {
  const proofs: Proof[] = [];
  for (const claim of claims) {
    const { command } = claim;
    context.progress(`${command}, the proof of ${claim.agentId}`, {
      command,
      run: 'left',
      since: scope.clock.now(),
    });
    const run = await scope.evidenceRunner.run(
      { commit, baseCommit: scope.config.baseCommit, run: 'left', command },
      context.signal,
    );
    context.signal.throwIfAborted();
    const proof = run.ok
      ? judgeClaim(claim, run.value.report)
      : judgeClaim(claim, { status: 'unavailable', exitCode: null, tail: run.error.message });
    if (proof.outcome !== 'refuted') await refuseWithoutRoom(scope, run.ok ? '' : run.error.message);
    proofs.push(proof);
  }
  return proofs;
}

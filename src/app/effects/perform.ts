import type { QueueMember, QueueWait } from '../../ports/loop-queue.ts';
import type { LoopScope } from '../loop-deps.ts';
import type { PerformEffect } from '../loop-session.ts';
import type { OutsideWatch } from '../outside-watch.ts';
import { judgeClaims } from './claims.ts';
import { baseFacts, baseReports, collectEvidence } from './evidence.ts';
import { finish } from './finish.ts';
import { integrate } from './integrate.ts';
import { expectAgents, prepareIteration } from './prepare.ts';
import { runAgent } from './run-agent.ts';
import { seedFaults } from './seed-faults.ts';
import { writePoint } from './transfer.ts';

/** Carries each kind of effect out through the ports. */
export function createPerformer(scope: LoopScope, outside: OutsideWatch, member: QueueMember): PerformEffect {
  return async (effect, context) => {
    switch (effect.kind) {
      case 'await-turn':
        await member.turn((wait) => context.progress(waitText(wait)), context.signal);
        return context.report({ type: 'LoopDequeued', by: 'turn' });
      case 'await-day':
        await scope.dayBudget.room(effect.reached, context.signal);
        return context.report({ type: 'DayBudgetFreed', day: effect.reached.day });
      case 'establish-base': {
        const picture = await outside.begin();
        const reports = await baseReports(scope, context);
        return context.report({
          type: 'BaseEstablished',
          facts: baseFacts(scope, reports),
          outside: picture,
        });
      }
      case 'prepare-iteration':
        return prepareIteration(scope, effect, context);
      case 'write-transfer-point':
        return writePoint(scope, effect, context);
      case 'run-agent':
        return runAgent(scope, effect, context, outside);
      case 'judge-candidate': {
        const evidence = await collectEvidence(scope, effect.commit, context);
        const { iteration, agentId } = effect;
        return context.report({ type: 'CandidateJudged', iteration, agentId, ...evidence });
      }
      case 'integrate':
        expectAgents(scope, 'validator');
        return integrate(scope, effect, context);
      case 'collect-evidence': {
        const evidence = await collectEvidence(scope, effect.commit, context);
        return context.report({ type: 'EvidenceJudged', iteration: effect.iteration, ...evidence });
      }
      case 'seed-faults':
        return seedFaults(scope, effect, context);
      case 'judge-claims': {
        const proofs = await judgeClaims(scope, effect, context);
        return context.report({ type: 'ClaimsJudged', iteration: effect.iteration, proofs });
      }
      case 'finish':
        return finish(scope, effect, context);
    }
  };
}

function waitText({ atWork, ahead }: QueueWait): string {
  const working = `${atWork} ${atWork === 1 ? 'loop' : 'loops'} at work on this machine`;
  return ahead === 0 ? `${working}, next in line` : `${working}, ${ahead} ahead`;
}

import type { Result } from '../../base/result.ts';
import { NUDGE_TEXT } from '../../domain/agents/ladder.ts';
import type { Steering } from '../forwarding.ts';
import type { LoopError, LoopService } from '../loop-service.ts';

export type CareCommands = Pick<LoopService, 'nudge' | 'stopAgent' | 'leaveAgent' | 'answerQuestion'>;
type Steer = (taskId: string, command: Steering) => Promise<Result<void, LoopError>>;

/** What a person does about one running agent. */
export function createCareCommands(view: LoopService['view'], steer: Steer): CareCommands {
  return {
    nudge: async (taskId, agentId, text = NUDGE_TEXT) => {
      const found = await view(taskId);
      if (!found.ok) return found;
      // One that works hears it at the end of its turn; one that hangs would never get there.
      const agent = found.value.agents.find(({ id }) => id === agentId);
      const interrupt = agent?.status === 'stuck';
      return steer(taskId, { kind: 'nudge-agent', agentId, text, interrupt, by: 'person' });
    },
    stopAgent: (taskId, agentId) =>
      steer(taskId, { kind: 'stop-agent', agentId, again: false, by: 'person', reason: 'ended by a person' }),
    answerQuestion: (taskId, { agentId, questionId }, answer) =>
      steer(taskId, { kind: 'answer-question', agentId, questionId, answer }),
    leaveAgent: (taskId, agentId) => steer(taskId, { kind: 'leave-agent', agentId }),
  };
}

import type { Logger } from '../../base/logger.ts';
import { isOpen } from '../../domain/agents/question.ts';
import type { RunnerSignals } from '../../domain/agents/signals.ts';
import type { Command } from '../../domain/loop/commands.ts';
import type { LoopEvent } from '../../domain/loop/events.ts';
import type { LoopState } from '../../domain/loop/state.ts';
import type { AttemptWatch } from '../../ports/agent-runtime.ts';
import { runningSlots, type RunningSlot } from './running-slots.ts';

export interface QuestionRelay {
  /** Records what an agent asks and no longer asks, and passes on an answer that its runner never got. */
  readonly hear: (running: RunningSlot, signals: Pick<RunnerSignals, 'questions'>) => void;
  /** Passes on answers that were just recorded. */
  readonly deliver: (events: readonly LoopEvent[], state: LoopState) => void;
}

export interface QuestionRelayDeps {
  readonly logger: Logger;
  readonly watch: Pick<AttemptWatch, 'answer'>;
  readonly dispatch: (command: Command) => Promise<unknown>;
}

/** Between the runners of a loop that this process holds and the loop's journal. */
export function createQuestionRelay({ logger, watch, dispatch }: QuestionRelayDeps): QuestionRelay {
  const pass = ({ slot, attempt }: RunningSlot, answer: { readonly id: string; readonly answer: string }) => {
    watch.answer(attempt.folder, answer).catch((error: unknown) => {
      const { agentId } = slot;
      logger.warn(`An answer did not reach ${agentId}: ${String(error)}`, { agentId });
    });
  };
  return {
    hear(running, { questions }) {
      const { agentId, attempt, questions: recorded } = running.slot;
      for (const question of questions) {
        const state = recorded.find(({ id }) => id === question.id)?.state;
        if (state === undefined || state.kind === 'withdrawn') {
          void dispatch({ kind: 'note-question', agentId, attempt, question });
        }
        // Whoever recorded the answer may have been killed before it was passed on.
        if (state?.kind === 'answered') pass(running, { id: question.id, answer: state.answer });
      }
      for (const { id: questionId } of recorded.filter(isOpen)) {
        if (questions.some(({ id }) => id === questionId)) continue;
        void dispatch({ kind: 'withdraw-question', agentId, attempt, questionId });
      }
    },
    deliver(events, state) {
      for (const event of events) {
        if (event.type !== 'QuestionAnswered') continue;
        const { agentId, attempt, id, answer } = event;
        const running = runningSlots(state).find(
          ({ slot }) => slot.agentId === agentId && slot.attempt === attempt,
        );
        if (running) pass(running, { id, answer });
      }
    },
  };
}

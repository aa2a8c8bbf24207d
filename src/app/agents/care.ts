import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { NUDGE_TEXT, nextRung, type LadderLimits } from '../../domain/agents/ladder.ts';
import { askingOf } from '../../domain/agents/question.ts';
import { judgeRunning } from '../../domain/agents/status.ts';
import type { Command } from '../../domain/loop/commands.ts';
import type { LoopEvent } from '../../domain/loop/events.ts';
import type { LoopState } from '../../domain/loop/state.ts';
import type { AttemptWatch } from '../../ports/agent-runtime.ts';
import { factText } from '../projections/status-words.ts';
import { runningSlots, type RunningSlot } from './running-slots.ts';
import type { LiveAgents } from './watch-agents.ts';

export interface AgentCare {
  /** Passes on what was just recorded as said to agents. */
  readonly deliver: (events: readonly LoopEvent[], state: LoopState) => void;
  /** Does what the ladder says about agents that are suspected. */
  look(state: LoopState, live: LiveAgents): void;
}

export interface AgentCareDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly watch: Pick<AttemptWatch, 'nudge'>;
  readonly ladder: () => LadderLimits;
  readonly dispatch: (command: Command) => Promise<unknown>;
}

/** Cares for the running agents of a loop that this process holds. */
export function createAgentCare({ clock, logger, watch, ladder, dispatch }: AgentCareDeps): AgentCare {
  const climb = ({ slot, attempt }: RunningSlot, live: LiveAgents): Command | null => {
    const signals = live.signals(attempt.folder);
    if (slot.stop !== null || slot.retry) return null;
    const { startedAt } = attempt;
    const now = clock.now();
    const asking = askingOf(slot.questions, signals?.questions ?? []);
    const judged = judgeRunning({ startedAt, signals, now, limits: live.limits, asking });
    const limits = ladder();
    const { agentId, care } = slot;
    const rung = nextRung({ status: judged.status, care, receipts: signals?.nudges ?? [], now, limits });
    const seen = judged.facts.map((fact) => factText(fact, now)).join(' · ');
    switch (rung) {
      case 'none':
        return null;
      case 'nudge':
        return { kind: 'nudge-agent', agentId, text: NUDGE_TEXT, interrupt: true, by: 'loop' };
      case 'ask':
        return { kind: 'suspect-agent', agentId, message: seen };
      case 'restart': {
        const reason = `Ended by the loop as stuck: ${seen}.`;
        return { kind: 'stop-agent', agentId, again: true, by: 'loop', reason };
      }
    }
  };
  return {
    deliver(events, state) {
      for (const event of events) {
        if (event.type !== 'AgentNudged') continue;
        const { agentId, attempt, id, text, interrupt } = event;
        const at = runningSlots(state).find(
          ({ slot }) => slot.agentId === agentId && slot.attempt === attempt,
        );
        if (at === undefined) continue;
        watch.nudge(at.attempt.folder, { id, text, interrupt }).catch((error: unknown) => {
          logger.warn(`A message did not reach ${agentId}: ${String(error)}`, { agentId });
        });
      }
    },
    look(state, live) {
      for (const running of runningSlots(state)) {
        const command = climb(running, live);
        if (command !== null) void dispatch(command);
      }
    },
  };
}

import {
  judgeEnded,
  judgeQueued,
  judgeRunning,
  SUSPICION,
  type JudgedStatus,
} from '../../domain/agents/status.ts';
import { askingOf, openQuestions } from '../../domain/agents/question.ts';
import type { AgentExit } from '../../domain/loop/events.ts';
import { activeSlots, type LoopState, type Slot } from '../../domain/loop/state.ts';
import type { LiveAgents } from '../agents/watch-agents.ts';
import type { AgentView } from './loop-view.ts';

type Status = Pick<AgentView, 'status' | 'statusSince' | 'facts' | 'care' | 'questions' | 'signals'>;

/** How an agent stands; without `live` nothing is known of what runs but that it was started. */
export function agentStatus(state: LoopState, slot: Slot | undefined, live: LiveAgents | null): Status {
  if (!slot || slot.state.kind === 'pending')
    return shown(judgeQueued(heldBy(state, slot), waitsOf(slot, live)));
  if (slot.state.kind === 'running') {
    const { startedAt, folder } = slot.state;
    const signals = live?.signals(folder) ?? null;
    const now = live?.now ?? state.updatedAt;
    const limits = live?.limits ?? SUSPICION;
    const told = signals?.questions ?? [];
    const asking = askingOf(slot.questions, told);
    return {
      ...shown(judgeRunning({ startedAt, signals, now, limits, asking })),
      care: slot.care,
      questions: openQuestions(slot.questions, told),
      signals,
    };
  }
  const { exit, at } = slot.state;
  const { ending, exitCode, attempt } = exit;
  const { maxAttempts } = state.config;
  return shown(judgeEnded({ ending, endedAt: at, exitCode, claim: claimOf(exit), attempt, maxAttempts }));
}

const shown = ({ status, since, facts }: JudgedStatus): Status => ({
  status,
  statusSince: since,
  facts,
  care: null,
  questions: [],
  signals: null,
});

const waitsOf = (slot: Slot | undefined, live: LiveAgents | null): string | null =>
  slot === undefined ? null : (live?.holds?.get(slot.agentId) ?? null);

/** What a person has to do before an agent of the current step can begin. */
function heldBy(state: LoopState, slot: Slot | undefined): { text: string; since: number } | null {
  const { waiting } = state;
  const due = slot !== undefined && activeSlots(state).includes(slot);
  return waiting && due ? { text: waiting.message, since: waiting.since } : null;
}

function claimOf({ result }: AgentExit): string | null {
  switch (result?.role) {
    case 'implementer':
      return `claims ${result.confidence}`;
    case 'validator':
      return `score ${result.score}`;
    case 'product-owner':
      return result.decision;
    default:
      return null;
  }
}

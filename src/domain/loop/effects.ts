import type { DayReached } from '../agents/day-budget.ts';
import { affordable } from './budget.ts';
import type { Commit, Outcome, Role } from './model.ts';
import type { TransferPart } from './events.ts';
import {
  activeSlots,
  completed,
  exitsOf,
  heldHandOver,
  type IterationRecord,
  type LoopState,
  type Slot,
} from './state.ts';
import { sampled } from '../adversarial/probe.ts';
import { openClaims, type Claim } from '../proofs.ts';
import { chooseWinner } from '../race.ts';

/** Work that the state asks for. Carried out by an interpreter, reported back as a command. */
export type Effect =
  | { readonly kind: 'await-turn' }
  /** Until the budget of the day has room again. */
  | { readonly kind: 'await-day'; readonly reached: DayReached }
  | { readonly kind: 'establish-base' }
  | { readonly kind: 'prepare-iteration'; readonly iteration: number; readonly start: Commit }
  | {
      readonly kind: 'write-transfer-point';
      readonly iteration: number;
      readonly point: number;
      readonly part: TransferPart;
    }
  | {
      readonly kind: 'run-agent';
      readonly iteration: number;
      readonly agentId: string;
      readonly role: Role;
      readonly attempt: number;
      /** It runs, and is to be ended before its time. */
      readonly end?: true;
    }
  | {
      readonly kind: 'judge-candidate';
      readonly iteration: number;
      readonly agentId: string;
      readonly commit: Commit;
    }
  | {
      readonly kind: 'integrate';
      readonly iteration: number;
      readonly start: Commit;
      readonly commits: readonly { readonly agentId: string; readonly commit: Commit }[];
    }
  | { readonly kind: 'collect-evidence'; readonly iteration: number; readonly commit: Commit }
  | {
      readonly kind: 'seed-faults';
      readonly iteration: number;
      readonly commit: Commit;
      readonly agentIds: readonly string[];
    }
  | {
      readonly kind: 'judge-claims';
      readonly iteration: number;
      readonly commit: Commit;
      readonly claims: readonly Claim[];
    }
  | {
      readonly kind: 'finish';
      readonly outcome: Outcome;
      readonly stopReason: string;
      readonly commit: Commit | null;
    };

/** Names an effect: the same key is the same piece of work, now and after a restart. */
export function effectKey(effect: Effect): string {
  switch (effect.kind) {
    case 'await-turn':
    case 'await-day':
    case 'establish-base':
    case 'finish':
      return effect.kind;
    case 'prepare-iteration':
    case 'integrate':
    case 'collect-evidence':
    case 'seed-faults':
      return `${effect.kind}:${effect.iteration}`;
    case 'write-transfer-point':
      return `${effect.kind}:${effect.iteration}:${effect.point}:${effect.part}`;
    case 'run-agent':
      return `${effect.kind}:${effect.iteration}:${effect.agentId}:${effect.attempt}`;
    case 'judge-candidate':
      return `${effect.kind}:${effect.iteration}:${effect.agentId}`;
    case 'judge-claims':
      return `${effect.kind}:${effect.iteration}:${[...new Set(effect.claims.map(({ agentId }) => agentId))].join('+')}`;
  }
}

/**
 * Everything that is to be under way in a state. The interpreter starts what is new and aborts what is gone,
 * so live operation and recovery after a kill are the same path.
 */
export function outstanding(state: LoopState): readonly Effect[] {
  const { phase, current } = state;
  if (phase.kind === 'finished' || heldHandOver(state)) return [];
  if (phase.kind === 'ending') return [{ ...phase, kind: 'finish' }];
  // Who pauses a queued loop lets the others go first.
  if (phase.kind === 'queued') return state.paused ? [] : [{ kind: 'await-turn' }];
  if (phase.kind === 'base') return [{ kind: 'establish-base' }];
  if (!current) return [];
  switch (phase.kind) {
    case 'preparing':
      return [{ kind: 'prepare-iteration', iteration: current.number, start: current.start }];
    case 'transferring': {
      const step = phase.queue[0];
      return step ? [{ kind: 'write-transfer-point', iteration: current.number, ...step }] : [];
    }
    case 'comparing':
      return candidateEffects(current);
    case 'integrating':
      return [
        {
          kind: 'integrate',
          iteration: current.number,
          start: current.start,
          commits: commitsToMerge(state, current),
        },
      ];
    case 'collecting':
      return current.integrated
        ? [{ kind: 'collect-evidence', iteration: current.number, commit: current.integrated.commit }]
        : [];
    case 'seeding':
      return current.integrated
        ? [
            {
              kind: 'seed-faults',
              iteration: current.number,
              commit: current.integrated.commit,
              agentIds: sampled(state),
            },
          ]
        : [];
    case 'proving':
      return current.integrated
        ? [
            {
              kind: 'judge-claims',
              iteration: current.number,
              commit: current.integrated.commit,
              claims: openClaims(current),
            },
          ]
        : [];
    case 'implementing':
    case 'validating':
    case 'deciding':
      return [
        ...agentEffects(state, current, activeSlots(state)),
        ...(state.dayHeld ? [{ kind: 'await-day' as const, reached: state.dayHeld }] : []),
      ];
    default:
      return [];
  }
}

/** Implementers whose attempt can be integrated, in crew order. */
export function integrable(record: IterationRecord) {
  return exitsOf(record.implementers).filter((exit) => completed(exit) && exit.commit !== null);
}

function candidateEffects(record: IterationRecord): readonly Effect[] {
  // One at a time: evidence commands are themselves parallel programs.
  const next = integrable(record).find((exit) => !(exit.agentId in record.candidates));
  return next?.commit
    ? [{ kind: 'judge-candidate', iteration: record.number, agentId: next.agentId, commit: next.commit }]
    : [];
}

function commitsToMerge(state: LoopState, record: IterationRecord) {
  const exits = integrable(record);
  const chosen =
    state.config.strategy === 'race' && exits.length > 1 ? [chooseWinner(exits, record.candidates)] : exits;
  return chosen.flatMap((exit) => (exit?.commit ? [{ agentId: exit.agentId, commit: exit.commit }] : []));
}

function agentEffects(state: LoopState, record: IterationRecord, slots: readonly Slot[]): readonly Effect[] {
  const running = slots.filter((slot) => slot.state.kind === 'running');
  const kept = state.paused?.now ? [] : running;
  const free =
    state.paused || state.waiting || state.dayHeld
      ? 0
      : Math.max(0, state.config.maxParallelAgents - running.length);
  const runsLeft = runAllowance(state) - state.agentRuns;
  const pending = slots.filter((slot) => slot.state.kind === 'pending');
  const started = affordable(state, pending).slice(0, Math.max(0, Math.min(free, runsLeft)));
  return [...kept, ...started].map((slot) => ({
    kind: 'run-agent',
    iteration: record.number,
    agentId: slot.agentId,
    role: slot.role,
    attempt: slot.attempt,
    ...(slot.retry || slot.stop ? { end: true } : {}),
  }));
}

/** Agent runs allowed by now; a person's extension grants the same number again. */
export const runAllowance = (state: LoopState): number => state.config.maxAgentRuns * (1 + state.extensions);

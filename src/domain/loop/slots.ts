import { NO_CARE } from '../agents/ladder.ts';
import { reservationFor, settleCost } from './budget.ts';
import type { AgentExit, EventOf } from './events.ts';
import type { CrewMember, Role } from './model.ts';
import {
  activeSlots,
  completed,
  currentSlots,
  type IterationRecord,
  type LoopState,
  type Slot,
} from './state.ts';

/** Endings that use up one of an agent's attempts; the others get a new number for free. */
const USES_UP = new Set(['failed', 'timeout', 'idle', 'oom']);

export function record(state: LoopState, change: Partial<IterationRecord>): LoopState {
  return state.current ? { ...state, current: { ...state.current, ...change } } : state;
}

const UNTOUCHED = { stop: null, messages: 0, care: NO_CARE, questions: [] } as const;

export const newSlot = (member: CrewMember): Slot => ({
  agentId: member.id,
  role: member.role,
  attempt: 1,
  turn: 0,
  failures: 0,
  tainted: null,
  retry: false,
  ...UNTOUCHED,
  state: { kind: 'pending' },
  last: null,
});

const SLOT_LISTS = {
  implementer: 'implementers',
  validator: 'validators',
  'product-owner': 'owners',
} as const;

export function changeSlot(
  state: LoopState,
  role: Role,
  agentId: string,
  change: (slot: Slot) => Slot,
): LoopState {
  if (!state.current) return state;
  const list = SLOT_LISTS[role];
  const slots = state.current[list].map((slot) => (slot.agentId === agentId ? change(slot) : slot));
  return record(state, { [list]: slots });
}

export function agentStarted(state: LoopState, event: EventOf<'AgentStarted'>, at: number): LoopState {
  const { agentId, role, attempt, pid, worktree, branch, folder } = event;
  const reserved = reservationFor(state, event);
  const running = { kind: 'running', startedAt: at, pid, worktree, branch, folder, reserved } as const;
  const next = changeSlot(state, role, agentId, (slot) =>
    slot.state.kind === 'pending' && slot.attempt === attempt
      ? { ...slot, state: running, last: running }
      : slot,
  );
  return { ...next, agentRuns: state.agentRuns + 1 };
}

/** Adds what an attempt used to what a loop or an iteration did. */
function spent<T extends Pick<LoopState, 'costUsd' | 'costIncomplete' | 'tokens'>>(
  before: T,
  { costUsd, usage }: AgentExit,
): T {
  return {
    ...before,
    costUsd: before.costUsd + (costUsd ?? 0),
    costIncomplete: before.costIncomplete || costUsd === null,
    tokens: before.tokens + (usage === null ? 0 : usage.input + usage.output),
  };
}

export function agentExited(state: LoopState, exit: AgentExit, at: number): LoopState {
  const { current } = state;
  const ended = currentSlots(state).find(
    (slot) => slot.agentId === exit.agentId && slot.attempt === exit.attempt,
  );
  return changeSlot(
    {
      ...spent(state, exit),
      ...settleCost(state, ended, exit.costUsd),
      // A review of a seeded fault is counted as little as a repair; one that fails is, so that none is tried for ever.
      agentRuns: state.agentRuns - (exit.probe && completed(exit) ? 1 : 0),
      current: current && spent(current, exit),
    },
    exit.role,
    exit.agentId,
    (slot) =>
      slot.attempt === exit.attempt && slot.state.kind !== 'settled'
        ? settle(state, slot, { exit, at })
        : slot,
  );
}

function settle(state: LoopState, slot: Slot, end: { readonly exit: AgentExit; readonly at: number }): Slot {
  const { exit } = end;
  const failures = slot.failures + (USES_UP.has(exit.ending) ? 1 : 0);
  const over = state.phase.kind === 'ending' || state.phase.kind === 'finished';
  const stopped = slot.stop !== null && !slot.stop.again;
  const final =
    stopped || (!slot.retry && (exit.ending === 'completed' || failures >= state.config.maxAttempts));
  return final || over
    ? { ...slot, ...UNTOUCHED, failures, tainted: null, state: { kind: 'settled', ...end } }
    : again(state, slot, slot.retry ? 0 : failures);
}

const again = (state: LoopState, slot: Slot, failures: number): Slot => ({
  ...slot,
  turn: 1 + Math.max(...currentSlots(state).map(({ turn }) => turn)),
  ...UNTOUCHED,
  failures,
  tainted: null,
  retry: false,
  attempt: slot.attempt + 1,
  state: { kind: 'pending' },
});

/** A running attempt is ended first and runs again at its exit; a settled one at once, with its allowance anew. */
export function agentRetried(
  state: LoopState,
  { agentId, role, program }: EventOf<'AgentRetried'>,
): LoopState {
  const crew = state.config.crew.map((member) =>
    member.id === agentId && program !== null ? { ...member, program } : member,
  );
  const active = activeSlots(state).some((slot) => slot.agentId === agentId);
  const next = { ...state, config: { ...state.config, crew } };
  if (!active) return next;
  return changeSlot(next, role, agentId, (slot) => {
    switch (slot.state.kind) {
      case 'pending':
        return slot;
      case 'running':
        return { ...slot, retry: true };
      case 'settled':
        return again(next, slot, 0);
    }
  });
}

export function outsideChanged(state: LoopState, event: EventOf<'OutsideChanged'>): LoopState {
  const own = new Set(event.own);
  const seen = {
    ...state,
    outsidePicture: event.picture ?? state.outsidePicture,
    ownEdits: state.ownEdits.filter((path) => !own.has(path)),
  };
  if (event.changes.length === 0) return seen;
  if (!event.guarded)
    return { ...seen, outside: [...state.outside, ...event.changes], outsideAccepted: false };
  const why = `Outside its worktree, while it ran: ${event.changes.join('; ')}. This was restored.`;
  let next: LoopState = seen;
  for (const role of ['implementer', 'validator', 'product-owner'] as const) {
    for (const agentId of event.agentIds)
      next = changeSlot(next, role, agentId, (slot) => ({ ...slot, tainted: why }));
  }
  return next;
}

/** They run again once: a further attempt that uses up the allowance is the last one. */
export function recallValidators(state: LoopState, agentIds: readonly string[]): LoopState {
  let next = record(state, { recalled: true });
  for (const agentId of agentIds) {
    next = changeSlot(next, 'validator', agentId, (slot) => ({
      ...slot,
      attempt: slot.attempt + 1,
      failures: state.config.maxAttempts - 1,
      state: { kind: 'pending' },
    }));
  }
  return { ...next, phase: { kind: 'validating' } };
}

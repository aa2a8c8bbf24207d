import { ok, type Result } from '../../base/result.ts';
import { refuse, refuseInput, type Command, type Rejection } from './commands.ts';
import type { EventBody, HandOverEdit, Thresholds } from './events.ts';
import { TRANSFER_POINTS } from './model.ts';
import { activeSlots, currentSlots, heldHandOver, iterationNumber, type LoopState } from './state.ts';

type Decided = Result<readonly EventBody[], Rejection>;

export function setBreakpoints(state: LoopState, points: readonly number[]): Decided {
  const wrong = points.find((point) => !TRANSFER_POINTS.some((known) => known === point));
  if (wrong !== undefined) {
    return refuseInput(`The breakpoint is ${wrong}; it takes a transfer point from 1 to 7.`);
  }
  const sorted = [...new Set(points)].sort((one, other) => one - other);
  const same =
    sorted.length === state.breakpoints.length &&
    sorted.every((point, at) => point === state.breakpoints[at]);
  return ok(same ? [] : [{ type: 'BreakpointsSet', points: sorted }]);
}

export function release(state: LoopState, edit: HandOverEdit | null): Decided {
  const held = heldHandOver(state);
  if (!held) return refuse('No hand-over of the loop is held; nothing was released.');
  return ok([{ type: 'HandOverReleased', ...held, edit }]);
}

export function changeThresholds(state: LoopState, thresholds: Thresholds): Decided {
  const { gate, consensus, maxIterations } = thresholds;
  for (const [name, value] of Object.entries({ gate, consensus })) {
    if (value !== undefined && !(value >= 0 && value <= 1)) {
      return refuseInput(`The ${name} threshold is ${value}; it takes a number from 0 to 1.`);
    }
  }
  const least = Math.max(1, iterationNumber(state));
  if (
    maxIterations !== undefined &&
    !(Number.isInteger(maxIterations) && maxIterations >= least && maxIterations <= 100)
  ) {
    return refuseInput(
      `The number of iterations is ${maxIterations}; it takes a whole number from ${least}, where the loop is now, to 100.`,
    );
  }
  if (gate === undefined && consensus === undefined && maxIterations === undefined) {
    return refuseInput('No threshold is named; name the gate, the consensus or the most iterations.');
  }
  return ok([{ type: 'ThresholdsChanged', ...thresholds }]);
}

/** An agent runs again only while its step goes on: what came after it was built on what it did. */
export function retryAgent(
  state: LoopState,
  { agentId, program }: Command & { kind: 'retry-agent' },
): Decided {
  const slot = currentSlots(state).find((candidate) => candidate.agentId === agentId);
  if (!slot) return refuseInput(`The agent is "${agentId}"; it takes one of the loop's crew.`);
  if (program === null && !activeSlots(state).includes(slot)) {
    return refuse(
      `${agentId} is not at work in this step; name another program for its next start, or decide ITERATE.`,
    );
  }
  if (program === null && slot.state.kind === 'pending') {
    return refuse(`${agentId} is about to start anyway; nothing was done.`);
  }
  return ok([{ type: 'AgentRetried', agentId, role: slot.role, program }]);
}

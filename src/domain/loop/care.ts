/** What is done about running attempts: messages, questions about suspected ones, and their end before its time. */
import { ok, type Result } from '../../base/result.ts';
import { refuse, refuseInput, type Command, type Rejection } from './commands.ts';
import { eventGuard } from './event-guard.ts';
import type { EventBody, EventOf } from './events.ts';
import { NO_CARE } from '../agents/ladder.ts';
import { changeSlot } from './slots.ts';
import { currentSlots, iterationNumber, type LoopState, type Slot } from './state.ts';

type Decided = Result<readonly EventBody[], Rejection>;
type CareCommand = Extract<Command, { kind: 'nudge-agent' | 'suspect-agent' | 'leave-agent' | 'stop-agent' }>;
type CareEvent = EventOf<'AgentNudged' | 'AgentSuspected' | 'AgentLeftAlone' | 'AgentStopped'>;

export const isCare = eventGuard('AgentNudged', 'AgentSuspected', 'AgentLeftAlone', 'AgentStopped');

/** A message longer than this is a task of its own. */
const MAX_MESSAGE = 10_000;

export function careFor(state: LoopState, command: CareCommand): Decided {
  const slot = currentSlots(state).find(({ agentId }) => agentId === command.agentId);
  if (!slot)
    return refuseInput(`The agent is "${command.agentId.slice(0, 80)}"; it takes one of the loop's crew.`);
  if (slot.state.kind !== 'running') return refuse(`${slot.agentId} does not run now; nothing was done.`);
  const who = { agentId: slot.agentId, role: slot.role, attempt: slot.attempt };
  switch (command.kind) {
    case 'nudge-agent':
      return nudge(state, slot, command);
    case 'suspect-agent':
      return ok(
        slot.care.askedAt === null ? [{ type: 'AgentSuspected', ...who, message: command.message }] : [],
      );
    case 'leave-agent':
      return ok([{ type: 'AgentLeftAlone', ...who }]);
    case 'stop-agent': {
      if (slot.stop !== null || slot.retry) return refuse(`${slot.agentId} is being ended already.`);
      const { again, by, reason } = command;
      return ok([{ type: 'AgentStopped', ...who, again, by, reason }]);
    }
  }
}

function nudge(state: LoopState, slot: Slot, command: Command & { kind: 'nudge-agent' }): Decided {
  const text = command.text.trim();
  if (text === '' || text.length > MAX_MESSAGE) {
    return refuseInput(`The message has ${text.length} characters; it takes 1 to ${MAX_MESSAGE}.`);
  }
  const { agentId, role, attempt, messages } = slot;
  const id = `${iterationNumber(state)}-${attempt}-${messages + 1}`;
  const { by, interrupt } = command;
  return ok([{ type: 'AgentNudged', agentId, role, attempt, id, text, interrupt, by }]);
}

/** What a person does about an attempt answers the question about it. */
export function cared(state: LoopState, event: CareEvent, at: number): LoopState {
  return changeSlot(state, event.role, event.agentId, (slot) => {
    if (slot.attempt !== event.attempt || slot.state.kind !== 'running') return slot;
    switch (event.type) {
      case 'AgentNudged': {
        const byLoop = event.by === 'loop';
        const care = {
          ...slot.care,
          nudgedAt: at,
          nudges: slot.care.nudges + (byLoop ? 1 : 0),
          askedAt: byLoop ? slot.care.askedAt : null,
        };
        return { ...slot, messages: slot.messages + 1, care };
      }
      case 'AgentSuspected':
        return { ...slot, care: { ...slot.care, askedAt: at } };
      case 'AgentLeftAlone':
        return { ...slot, care: { ...NO_CARE, leftAlone: true } };
      case 'AgentStopped':
        return {
          ...slot,
          stop: { again: event.again },
          tainted: event.again ? event.reason : slot.tainted,
        };
    }
  });
}

import type { Ending } from '../loop/model.ts';

/** Why the runner ended an agent; `reported` is the completion timeout after the agent had said all. */
export type StopCause =
  | { readonly kind: 'timeout'; readonly limitMs: number }
  | { readonly kind: 'idle'; readonly limitMs: number }
  | { readonly kind: 'cancelled'; readonly reason: string }
  | { readonly kind: 'reported' };

export interface AgentExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** It ran in a container that memory was too short for, in words. */
  readonly outOfMemory?: string;
  /** There was no such program in its container, in words. */
  readonly missing?: string;
  /** Nobody can say how it ended: the engine of its container went away. In words. */
  readonly lost?: string;
  /** What it wrote could not be brought back from the engine of its container, in words. */
  readonly stranded?: string;
}

export interface EndingFacts {
  /** Why the program could not be started, `null` when it ran. */
  readonly startError: string | null;
  readonly exit: AgentExit | null;
  readonly stop: StopCause | null;
  /** The CLI's own final event, where it came. */
  readonly final: {
    readonly success: boolean;
    readonly error?: string;
    readonly rateLimited?: boolean;
    readonly unrelated?: boolean;
  } | null;
  readonly needsFinalEvent: boolean;
  /** Evidence that the kernel killed for want of memory, in words. */
  readonly outOfMemory: string | null;
  /** Processes that were still there when the agent itself had ended. */
  readonly leftovers: number;
}

export interface EndingVerdict {
  readonly ending: Ending;
  readonly lingered: boolean;
  readonly failure: string | null;
}

/** How an attempt ended. Success is never read from the exit code alone where a CLI says it in words. */
export function endingOf(facts: EndingFacts): EndingVerdict {
  const lingered = facts.stop?.kind === 'reported' || facts.leftovers > 0;
  const verdict = (ending: Ending, failure: string | null): EndingVerdict => ({ ending, lingered, failure });
  if (facts.startError !== null) return verdict('failed', facts.startError);
  const stopped = stoppedBy(facts.stop);
  if (stopped !== null) return verdict(...stopped);
  // A result without the work that it tells of counts for nothing.
  if (facts.exit?.stranded !== undefined) return verdict('lost', facts.exit.stranded);
  if (facts.final?.rateLimited === true) {
    return verdict('rate-limited', facts.final.error ?? "The model's provider refused further requests.");
  }
  if (facts.final?.success === false) return verdict('failed', facts.final.error ?? 'The agent failed.');
  // An agent that was ended after its result has no exit of its own to be judged by.
  if (facts.stop?.kind === 'reported') return verdict('completed', null);
  return byExit(facts, verdict);
}

function byExit(
  facts: EndingFacts,
  verdict: (ending: Ending, failure: string | null) => EndingVerdict,
): EndingVerdict {
  const { code, signal, outOfMemory, lost, missing } = facts.exit ?? { code: null, signal: null };
  if (lost !== undefined) return verdict('lost', lost);
  const memory = facts.outOfMemory ?? (code === 0 ? undefined : outOfMemory);
  if (memory !== undefined) return verdict('oom', memory);
  if (missing !== undefined) return verdict('failed', missing);
  if (signal !== null) return verdict('failed', `The agent was ended by ${signal}.`);
  if (code !== 0) return verdict('failed', `The agent ended with exit code ${code ?? 'unknown'}.`);
  if (facts.needsFinalEvent && facts.final === null) {
    return verdict('failed', 'The agent ended without its final event, so it did not finish its turn.');
  }
  return verdict('completed', null);
}

function stoppedBy(stop: StopCause | null): [Ending, string] | null {
  if (stop === null || stop.kind === 'reported') return null;
  if (stop.kind === 'cancelled') return ['cancelled', `Cancelled: ${stop.reason}.`];
  const limit = seconds(stop.limitMs);
  return stop.kind === 'timeout'
    ? ['timeout', `The attempt took longer than its limit of ${limit}.`]
    : ['idle', `The agent gave no sign of life for ${limit}.`];
}

const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;

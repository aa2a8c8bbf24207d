import type { AgentQuestion } from './question.ts';

/** What a runner saw of its agent: the newest of each kind. All times are epoch milliseconds. */
export interface RunnerSignals {
  /** When something was printed last. */
  readonly outputAt: number | null;
  /** Last line with a word or a number, secrets and control characters removed, at most 300 characters. */
  readonly line: { readonly at: number; readonly text: string } | null;
  readonly pulse: Pulse;
  /** `share` is that of one core over the last look; `busyAt` when it was more than an idle program needs. */
  readonly cpu: { readonly at: number; readonly share: number; readonly busyAt: number | null } | null;
  /** The newest change below the worktree; `path` is relative to it, with slashes. */
  readonly file: { readonly at: number; readonly path: string } | null;
  /** Newest tool call; `running` until its result was seen. */
  readonly tool: { readonly at: number; readonly text: string; readonly running: boolean } | null;
  /** The provider said that it takes no more for now; `until` when it said how long. Cleared when the agent goes on. */
  readonly rateLimit: { readonly at: number; readonly until: number | null; readonly text: string } | null;
  /** What a person has to do before the agent goes on. */
  readonly attention: { readonly at: number; readonly text: string } | null;
  readonly nudges: readonly NudgeReceipt[];
  /** Those that the agent waits for an answer to. */
  readonly questions: readonly AgentQuestion[];
}

/** Bytes of output in slots of `PULSE_SLOT_MS`, oldest first; the last slot is the one that `endsAt` closes. */
export interface Pulse {
  readonly endsAt: number;
  readonly bytes: readonly number[];
}

/** What became of a nudge. `waiting`: for the end of the agent's turn. `refused`: the agent cannot take one. */
export interface NudgeReceipt {
  readonly id: string;
  readonly at: number;
  readonly state: 'waiting' | 'delivered' | 'refused';
  /** Why it was refused, one sentence; else empty. */
  readonly why: string;
}

export const PULSE_SLOT_MS = 10_000;
export const PULSE_SLOTS = 30;

/** The slots of a pulse that end with the one that `now` is in, so that silence since the last output shows. */
export function pulseAt(pulse: Pulse, now: number): readonly number[] {
  const silent = Math.max(0, Math.min(PULSE_SLOTS, Math.ceil((now - pulse.endsAt) / PULSE_SLOT_MS)));
  return [...pulse.bytes, ...Array.from({ length: silent }, () => 0)].slice(-PULSE_SLOTS);
}

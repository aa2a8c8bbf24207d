import type { StopCause } from './ending.ts';

export interface LivenessLimits {
  readonly idleMs: number;
  readonly totalMs: number;
  readonly completionMs: number;
}

/** Times in milliseconds of one monotonic clock; `suspendedMs` is time that counts for no limit. */
export interface LivenessState {
  readonly now: number;
  readonly startedAt: number;
  readonly suspendedMs: number;
  readonly lastSignAt: number;
  /** What `suspendedMs` was at the last sign of life. */
  readonly suspendedAtSign: number;
  /** When a report, a result file or the CLI's final event came; `null` before. */
  readonly reportedAt: number | null;
  /** A valid result stands in raw output only, where nothing says that it is the last word. */
  readonly resultInOutput: boolean;
  readonly cancelReason: string | null;
}

/** What ends a running agent now, `null` while it may go on. */
export function stopCause(state: LivenessState, limits: LivenessLimits): StopCause | null {
  if (state.cancelReason !== null) return { kind: 'cancelled', reason: state.cancelReason };
  const { now, reportedAt } = state;
  if (reportedAt !== null && now - reportedAt >= limits.completionMs) return { kind: 'reported' };
  const silentMs = now - state.lastSignAt - (state.suspendedMs - state.suspendedAtSign);
  if (state.resultInOutput && silentMs >= limits.completionMs) return { kind: 'reported' };
  if (now - state.startedAt - state.suspendedMs >= limits.totalMs) {
    return { kind: 'timeout', limitMs: limits.totalMs };
  }
  return silentMs >= limits.idleMs ? { kind: 'idle', limitMs: limits.idleMs } : null;
}

import type { StopCause } from '../../domain/agents/ending.ts';
import { stopCause, type LivenessLimits } from '../../domain/agents/liveness.ts';
import type { AttemptControl, RunnerState } from '../../protocol/attempt.ts';
import { WORKING_SHARE, type SignalRecorder } from './signal-recorder.ts';
import type { WorkWatch } from './work-watch.ts';

export type SignKind = NonNullable<RunnerState['lastSign']>['kind'];

/** How often CPU time is read: a look at the table is cheap on Linux, a program on macOS and Windows. */
const CPU_EVERY_MS: Partial<Record<NodeJS.Platform, number>> = { linux: 2000, darwin: 10_000 };
const CPU_EVERY_ELSEWHERE_MS = 60_000;
/** How often the worktree is walked, and the share of time that this may take. */
const FILES_EVERY_MS = 20_000;
const FILES_SHARE = 0.02;

export interface SupervisionDeps {
  readonly limits: LivenessLimits;
  readonly work: WorkWatch;
  readonly control: () => AttemptControl;
  /** True when a valid report was delivered since the last call. */
  readonly reported: () => boolean;
  /** True when raw output holds a valid result; CLIs with a final event say themselves when they are done. */
  readonly resultInOutput: () => boolean;
  /** The CLI's final event came in this run. */
  readonly finished: () => boolean;
  readonly onSign: (kind: SignKind) => void;
  readonly seen: Pick<SignalRecorder, 'cpu' | 'file'>;
  /** A provider or a person is waited for; such time counts for no limit. */
  readonly standsStill: () => boolean;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
}

/** Watches over one attempt: limits count over all runs of its program. */
export interface Supervision {
  sign(kind: SignKind): void;
  /** Waits for something of a person; the time counts for no limit. */
  suspendedWhile<T>(waiting: Promise<T>): Promise<T>;
  /** A new run of the program: it has not reported yet. */
  restart(): void;
  /** Resolves when the agent has to be ended, or with `null` once `signal` aborts. */
  untilStop(signal: AbortSignal): Promise<StopCause | null>;
  /** Like `untilStop` while a person is at work: only a cancel counts, and the time counts for no limit. */
  untilCancelled(signal: AbortSignal): Promise<StopCause | null>;
}

export function createSupervision(deps: SupervisionDeps): Supervision {
  const { limits, clock } = deps;
  const startedAt = clock();
  let lastSign = { at: startedAt, suspendedMs: 0 };
  let suspendedHere = 0;
  let reportedAt: number | null = null;
  const shortest = Math.min(limits.idleMs, limits.totalMs, limits.completionMs);
  const tickMs = Math.min(1000, Math.max(20, shortest / 10));

  const suspended = () => suspendedHere + deps.control().suspendedMs;
  const sign = (kind: SignKind) => {
    lastSign = { at: clock(), suspendedMs: suspended() };
    deps.onSign(kind);
  };
  const lookForWork = createLookout(deps, sign);
  const stoodStill = createStopwatch(clock);
  const cause = () => {
    suspendedHere += stoodStill(deps.standsStill());
    if (deps.reported() || (reportedAt === null && deps.finished())) reportedAt = clock();
    return stopCause(
      {
        now: clock(),
        startedAt,
        suspendedMs: suspended(),
        lastSignAt: lastSign.at,
        suspendedAtSign: lastSign.suspendedMs,
        reportedAt,
        resultInOutput: deps.resultInOutput(),
        cancelReason: deps.control().cancel?.reason ?? null,
      },
      limits,
    );
  };
  const suspendedWhile = async <T>(waiting: Promise<T>): Promise<T> => {
    const since = clock();
    try {
      return await waiting;
    } finally {
      suspendedHere += clock() - since;
    }
  };
  /** Asks at each tick until there is an answer. */
  const until = async (ask: () => Promise<StopCause | null>, signal: AbortSignal) => {
    while (!signal.aborted) {
      const found = await ask();
      if (found !== null) return signal.aborted ? null : found;
      await tick(tickMs, signal);
    }
    return null;
  };

  return {
    sign,
    suspendedWhile,
    restart: () => {
      reportedAt = null;
      sign('output');
    },
    untilStop: (signal) =>
      until(async () => {
        const found = cause();
        // Silence is a reason only when nobody works silently.
        const silence = found?.kind === 'idle' || found?.kind === 'reported';
        await lookForWork(silence);
        return silence ? cause() : found;
      }, signal),
    untilCancelled: (signal) =>
      suspendedWhile(
        until(async () => {
          const reason = deps.control().cancel?.reason;
          return reason === undefined ? null : { kind: 'cancelled', reason };
        }, signal),
      ),
  };
}

/** Gives the time since the last call, as far as it was running then. */
function createStopwatch(clock: () => number): (running: boolean) => number {
  let since: number | null = null;
  return (running) => {
    const now = clock();
    const passed = since === null ? 0 : now - since;
    since = running ? now : null;
    return passed;
  };
}

/** Looks for signs of life that the agent does not give by itself; `thorough` before it is called idle. */
function createLookout({ limits, work, clock, seen }: SupervisionDeps, sign: Supervision['sign']) {
  const cpuEvery = Math.min(CPU_EVERY_MS[process.platform] ?? CPU_EVERY_ELSEWHERE_MS, limits.idleMs / 4);
  const filesAtMost = Math.min(FILES_EVERY_MS, limits.idleMs / 4);
  let filesEvery = filesAtMost;
  let cpuAt = Number.NEGATIVE_INFINITY;
  let filesAt = clock();
  return async (thorough: boolean): Promise<void> => {
    const now = clock();
    if (thorough || now - cpuAt >= cpuEvery) {
      cpuAt = now;
      const share = await work.cpu(now);
      if (share !== null) seen.cpu(share);
      if (share !== null && share >= WORKING_SHARE) sign('cpu');
    }
    if (thorough || now - filesAt >= filesEvery) {
      const changed = await work.files();
      filesAt = clock();
      filesEvery = Math.max(filesAtMost, (filesAt - now) / FILES_SHARE);
      if (changed === null) return;
      seen.file(changed);
      sign('file');
    }
  };
}

function tick(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

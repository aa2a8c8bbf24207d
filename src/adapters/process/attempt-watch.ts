import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import type { Disposable } from '../../base/emitter.ts';
import type { AgentStart, AttemptWatch } from '../../ports/agent-runtime.ts';
import type { AttemptControl, ResultRecord, RunnerState } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import { readControl, readRecord, readState, writeWhole } from './attempt-files.ts';
import { createAliveCheck } from './process-table.ts';
import { standingOf } from './attempt-standing.ts';
import { createProcessTree } from './process-tree.ts';
import { reapAttempt, type ReapDeps } from './reap.ts';
import { changeDetector } from './reports.ts';

export interface AttemptWatchDeps extends ReapDeps {
  /** Between two looks at a runner that sends no news; by default 2 s, on Windows 15 s. */
  readonly pollMs?: number;
  /** How long a runner may take to write its first state; by default 30 s. */
  readonly startMs?: number;
}

/** Follows attempts by their folder alone, whoever started them. */
export function createAttemptWatch(deps: AttemptWatchDeps): AttemptWatch {
  const { table, startMs = 30_000 } = deps;
  const pollMs = deps.pollMs ?? (process.platform === 'win32' ? 15_000 : 2000);

  /** Tells when no runner will write here any more: it is gone, or it never came. One that just wrote is there. */
  const abandonment = (folder: string) => {
    const since = performance.now();
    const isRunnerAlive = createAliveCheck(table);
    return async (cause: Cause) => {
      if (cause === 'change') return false;
      const state = readState(folder);
      return state === null ? performance.now() - since > startMs : !(await isRunnerAlive(state.runner));
    };
  };

  return {
    awaitRecord(folder, signal) {
      const isAbandoned = abandonment(folder);
      const files = [ATTEMPT_FILES.record];
      return follow<ResultRecord | 'lost'>({ folder, files, pollMs, signal }, async (cause) => {
        const record = readRecord(folder);
        if (record !== null) return record;
        if (!(await isAbandoned(cause))) return undefined;
        await reapAttempt(folder, deps);
        // It may have been written between the look for it and the look for its runner.
        return readRecord(folder) ?? 'lost';
      });
    },
    agentStart(folder, signal) {
      const isAbandoned = abandonment(folder);
      const files = [ATTEMPT_FILES.runner, ATTEMPT_FILES.record];
      return follow<AgentStart | null>({ folder, files, pollMs, signal }, async (cause) => {
        const started = startIn(readState(folder));
        if (started !== null) return started;
        const record = readRecord(folder);
        if (record !== null) return { pid: record.pid };
        return (await isAbandoned(cause)) ? null : undefined;
      });
    },
    cancel: async (folder, reason) =>
      changeControl(folder, (control) => ({ ...control, cancel: { reason } })),
    nudge: async (folder, nudge) =>
      changeControl(folder, (control) => ({
        ...control,
        nudges: [...(control.nudges ?? []), nudge].slice(-MAX_NUDGES),
      })),
    answer: async (folder, answer) =>
      changeControl(folder, (control) => ({
        ...control,
        answers: [...(control.answers ?? []).filter(({ id }) => id !== answer.id), answer],
      })),
    state: async (folder) => readState(folder),
    watchState: (folder, listener) => watchState(folder, pollMs, listener),
    reap: (folder) => reapAttempt(folder, deps),
    standing: async (folder) => standingOf(folder, table),
    endCarriers: async (token) => {
      const tree = createProcessTree({ table, token, spare: () => [] });
      const found = await tree.sweep();
      if (found.length > 0) await tree.end({ signal: 'SIGTERM', graceMs: CARRIER_GRACE_MS });
      return found.length;
    },
  };
}

function startIn(state: RunnerState | null): AgentStart | null {
  if (state?.agent) return { pid: state.agent.pid };
  return state?.container ? { pid: null, containerId: state.container.id } : null;
}

const CARRIER_GRACE_MS = 1000;
const MAX_NUDGES = 20;

/** Only the process that holds the loop writes here, so nothing comes in between reading and writing. */
function changeControl(folder: string, change: (control: AttemptControl) => AttemptControl): void {
  const control = readControl(folder) ?? { version: 1, cancel: null, suspendedMs: 0 };
  writeWhole(join(folder, ATTEMPT_FILES.control), change(control));
}

function watchState(
  folder: string,
  pollMs: number,
  listener: (state: RunnerState | null) => void,
): Disposable {
  const changed = changeDetector(join(folder, ATTEMPT_FILES.runner));
  const look = () => {
    if (changed()) listener(readState(folder));
  };
  const timer = setInterval(look, pollMs);
  const watcher = watchFolder(folder, [ATTEMPT_FILES.runner], look);
  look();
  return {
    dispose() {
      clearInterval(timer);
      watcher?.close();
    },
  };
}

interface Follow {
  readonly folder: string;
  /** Names below the folder whose changes are looked at. */
  readonly files: readonly string[];
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

/** `change`: one of the files was written, so somebody lives there; `turn`: time has passed. */
type Cause = 'change' | 'turn';

/** Looks at each change of the files, and now and then without one, until the look finds something. */
function follow<T>(
  { folder, files, pollMs, signal }: Follow,
  look: (cause: Cause) => Promise<T | undefined>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let looking = false;
    let again = false;
    const finish = (settle: () => void) => {
      clearInterval(timer);
      watcher?.close();
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = () => finish(() => reject(signal.reason));
    const lookNow = (cause: Cause) => {
      again = looking;
      if (looking) return;
      looking = true;
      look(cause).then(
        (found) => {
          looking = false;
          if (found !== undefined) finish(() => resolve(found));
          else if (again) lookNow('change');
        },
        (error: unknown) => finish(() => reject(error)),
      );
    };
    const timer = setInterval(() => lookNow('turn'), pollMs);
    const watcher = watchFolder(folder, files, () => lookNow('change'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else lookNow('turn');
  });
}

/** A missing notification costs time, not truth: the slow look stays. */
function watchFolder(folder: string, files: readonly string[], onChange: () => void): FSWatcher | null {
  try {
    const watcher = watch(folder, (_, name) => {
      if (name === null || files.includes(name)) onChange();
    });
    watcher.on('error', () => undefined);
    return watcher;
  } catch {
    return null;
  }
}

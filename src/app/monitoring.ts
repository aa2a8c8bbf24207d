import { err, ok, type Result } from '../base/result.ts';
import type { KeyLook, LogProbe } from '../ports/health-probes.ts';
import { complianceOf, type ComplianceDeps, type ComplianceReport } from './compliance/compliance.ts';
import { createDoctor, type Doctor, type DoctorDeps } from './health/doctor.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';
import { exposition } from './metrics/exposition.ts';
import { liveMetrics } from './metrics/live-metrics.ts';
import { loopMetrics } from './metrics/loop-metrics.ts';
import type { Query, Rows } from './query-cache.ts';
import { readLoop } from './stored-loop.ts';

/** How many keys are shown at most, as in the seeds' `| head -20`. */
export const MOST_KEYS_SHOWN = 20;

/** What can be known about a folder's loops and their machine without a loop running. */
export interface Monitoring extends Doctor {
  /** Text exposition of all loops of the repository, from their journals. */
  metrics(signal: AbortSignal): Promise<Result<string, LoopError>>;
  /** A question in SQL over all loops of the repository. */
  query(query: Query): Promise<Result<Rows, LoopError>>;
  compliance(taskId: string, signal: AbortSignal): Promise<Result<ComplianceReport, LoopError>>;
  /** Keys of the coordination store, for debugging; at most `MOST_KEYS_SHOWN`. */
  keys(pattern: string, signal: AbortSignal): Promise<Result<readonly KeyLook[], LoopError>>;
  /** The newest lines of the log file. */
  logTail(lines: number): Promise<readonly string[]>;
}

export interface MonitoringDeps extends DoctorDeps {
  readonly log: LogProbe | null;
  readonly redact: ComplianceDeps['redact'];
  readonly changedFiles: ComplianceDeps['changedFiles'];
}

export function createMonitoring(deps: MonitoringDeps): Monitoring {
  const doctor = createDoctor(deps);
  return {
    ...doctor,
    metrics: async (signal) => {
      const loops = [];
      for (const taskId of (await deps.state?.loops.list()) ?? []) {
        const stored = deps.state === null ? null : await readLoop(deps.state.loops, taskId);
        // A damaged journal is the doctor's matter; the others still count.
        if (stored?.ok) loops.push(stored.value.events);
      }
      return ok(exposition([...loopMetrics(loops), ...liveMetrics(await doctor.summary(signal))]));
    },
    query: async (query) =>
      deps.state === null ? fail('state', noRepository(deps)) : deps.state.queries.query(query),
    compliance: async (taskId, signal) => {
      const { state, log } = deps;
      if (state === null || log === null) return fail('input', noRepository(deps));
      return complianceOf({ ...deps, ...state, log }, taskId, signal);
    },
    keys: async (pattern, signal) => {
      const found = await deps.store.keys({ pattern, limit: MOST_KEYS_SHOWN }, signal);
      return found.ok ? found : err({ kind: 'state', message: found.error });
    },
    logTail: async (lines) => (await deps.log?.tail(lines)) ?? [],
  };
}

const noRepository = ({ repository }: MonitoringDeps): string =>
  repository.kind === 'usable' ? 'No loop has run in this repository.' : repository.message;

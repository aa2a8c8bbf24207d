import type { CheckResult, CommandReport } from '../../domain/evidence.ts';
import type { CommandOutcome } from '../../ports/command-runner.ts';
import type { CommandPlan } from './command-plan.ts';

/** What `sh` and `cmd` answer when a program is not there. */
const NOT_FOUND = new Set([127, 9009]);
const NO_REPORT = '\nThe command ended well but wrote no report of what it checked.';

/**
 * What a run says. `checks` is null when there is no readable report: then a failing exit code counts as one
 * failing check, while exit code 0 of a runner that was asked for a report file proves nothing.
 */
export function commandReport(
  command: string,
  plan: CommandPlan,
  outcome: CommandOutcome,
  checks: readonly CheckResult[] | null,
): CommandReport {
  const base = { command, exitCode: outcome.exitCode, tail: outcome.tail, durationMs: outcome.durationMs };
  const asOneCheck = (passed: boolean, status: 'ended' | 'timeout' = 'ended'): CommandReport => ({
    ...base,
    status,
    detailed: false,
    checks: [{ id: 'exit code', outcome: passed ? 'passed' : 'failed' }],
  });
  const unavailable = (note = ''): CommandReport => ({
    ...base,
    tail: base.tail + note,
    status: 'unavailable',
    detailed: false,
    checks: [],
  });
  if (outcome.status === 'timeout') return asOneCheck(false, 'timeout');
  if (outcome.status !== 'ended') return unavailable();
  if (checks !== null) {
    return { ...base, status: checks.length === 0 ? 'unavailable' : 'ended', detailed: true, checks };
  }
  if (outcome.exitCode !== null && NOT_FOUND.has(outcome.exitCode)) return unavailable();
  if (plan.kind === 'report-file' && outcome.exitCode === 0) return unavailable(NO_REPORT);
  return asOneCheck(outcome.exitCode === 0);
}

/** For what was not run at all, with the reason in place of output. */
export function notRun(command: string, why: string): CommandReport {
  return {
    command,
    status: 'unavailable',
    exitCode: null,
    detailed: false,
    checks: [],
    tail: why,
    durationMs: 0,
  };
}

import type { CheckResult, CommandReport } from './evidence.ts';
import type { Mode } from './loop/model.ts';

/**
 * What a check counts as that failed at its first try and passed at its second, on the same files. `mvp`: passed.
 * `standard`: passed, once a majority of the validators or a person confirms it. `enterprise`: failed.
 */
export const FLAKY_COUNTS: Readonly<Record<Mode, 'passed' | 'unconfirmed' | 'failed'>> = {
  mvp: 'passed',
  standard: 'unconfirmed',
  enterprise: 'failed',
};

const FLAKY_MESSAGE =
  'It failed at its first try and passed at its second. In enterprise mode that counts as failed.';

/** Whether a check fails that did not fail at the base. What hangs, or did not run, is not tried again. */
export function worthASecondTry(base: CommandReport, report: CommandReport): boolean {
  if (report.status !== 'ended') return false;
  // A base that only says that something fails does not say what.
  if (report.detailed && !base.detailed && base.exitCode !== 0) return false;
  const before = failures(base);
  return Array.from(failures(report)).some(([id, failed]) => failed > (before.get(id) ?? 0));
}

/**
 * Two tries of one run as one report: the second, with what passed only there marked as flaky. What failed at the first
 * try and did not run at the second has failed; what fails at the second alone has failed too.
 */
export function withSecondTry(mode: Mode, first: CommandReport, second: CommandReport): CommandReport {
  if (second.status === 'unavailable' || first.detailed !== second.detailed) return first;
  if (second.status === 'timeout') return second;
  const after = failures(second);
  const mended = new Map(
    Array.from(failures(first), ([id, failed]) => [id, Math.max(0, failed - (after.get(id) ?? 0))]),
  );
  const checks = second.checks.map((check) => {
    const open = mended.get(check.id) ?? 0;
    if (check.outcome !== 'passed' || open === 0) return check;
    mended.set(check.id, open - 1);
    return flaky(mode, check);
  });
  const lost = first.checks.filter(({ id, outcome }) => {
    const open = mended.get(id) ?? 0;
    if (outcome !== 'failed' || open === 0) return false;
    mended.set(id, open - 1);
    return true;
  });
  const durationMs = first.durationMs + second.durationMs;
  return { ...second, checks: [...checks, ...lost], durationMs };
}

const flaky = (mode: Mode, { id }: CheckResult): CheckResult =>
  FLAKY_COUNTS[mode] === 'failed'
    ? { id, outcome: 'failed', flaky: true, message: FLAKY_MESSAGE }
    : { id, outcome: 'passed', flaky: true };

/** Names may occur more than once, so failures are counted. */
function failures({ checks }: CommandReport): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { id, outcome } of checks) if (outcome === 'failed') found.set(id, (found.get(id) ?? 0) + 1);
  return found;
}

/** Each once. */
export const flakyIds = (reports: readonly CommandReport[]): readonly string[] => [
  ...new Set(reports.flatMap(({ checks }) => checks.filter((check) => check.flaky).map(({ id }) => id))),
];

/** Names what has to be confirmed, apart from changed files. */
export const flakyItem = (command: string, id: string): string => `flaky:${command} > ${id}`;

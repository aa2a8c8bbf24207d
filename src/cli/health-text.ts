import { BOX_GROUPS } from '../app/compliance/box.ts';
import type { ComplianceReport } from '../app/compliance/compliance.ts';
import { FIXES, plural, type CheckState, type HealthReport } from '../app/health/health-report.ts';
import type { HealthSummary } from '../app/health/health-summary.ts';
import type { KeyLook } from '../ports/health-probes.ts';

const STATE: Readonly<Record<CheckState, string>> = {
  ok: 'OK',
  warning: 'WARNING',
  error: 'ERROR',
  skipped: '-',
};

/** A row for each check, with what to do below those that need something. */
export function healthLines(report: HealthReport, health: HealthSummary): readonly string[] {
  const titles = Math.max(...report.checks.map((check) => check.title.length));
  const rows = report.checks.flatMap((check) => [
    `${STATE[check.state].padEnd(8)} ${check.title.padEnd(titles)}  ${check.detail}`,
    ...(check.state === 'warning' || check.state === 'error'
      ? [
          ...check.advice.map((line) => `${' '.repeat(9)}→ ${line}`),
          ...(check.fix === null ? [] : [`${' '.repeat(9)}→ cfn doctor --fix: ${FIXES[check.fix]}`]),
        ]
      : []),
  ]);
  return [
    ...rows,
    '',
    ...(health.state === 'degraded' ? [health.message] : []),
    `${plural(report.errors, 'error')}, ${plural(report.warnings, 'warning')}.`,
  ];
}

/** What the seeds' health check writes to standard error, to the letter. */
export function seedLines(report: HealthReport): readonly string[] {
  return report.checks.flatMap((check) => {
    const line = check.state === 'error' ? /^\[ERROR\] [^:]+/.exec(check.detail)?.[0] : undefined;
    return line === undefined ? [] : [line];
  });
}

export function complianceLines(report: ComplianceReport): readonly string[] {
  const { met, notMet, notApplicable } = report;
  return [
    `${report.taskId}: ${met} met, ${notMet} not met, ${notApplicable} not applicable.`,
    ...BOX_GROUPS.flatMap((group) => [
      '',
      group,
      ...report.boxes
        .filter((box) => box.group === group)
        .flatMap(({ id, box, state, proof, how }) => [
          `  ${state.padEnd(14)}  ${id}  ${box}`,
          `${' '.repeat(26)}${proof}`,
          `${' '.repeat(26)}${how}`,
        ]),
    ]),
  ];
}

export function keyLines(keys: readonly KeyLook[]): readonly string[] {
  if (keys.length === 0) return ['No key matches.'];
  return keys.map(
    ({ name, type, ttlSeconds }) =>
      `${type.padEnd(6)} ${ttlSeconds === null ? 'no end' : `${ttlSeconds} s`.padEnd(6)} ${name}`,
  );
}

import { FIXES, plural } from '../../app/health/health-report.ts';
import { visible } from '../words.ts';
import type { DoctorContent } from './doctor-panel.ts';

/** The report for an issue or a chat; paths are in it, values of variables are not. */
export function reportText({ report, health }: DoctorContent): string {
  const lines = report.checks.flatMap((check) => [
    `[${check.state}] ${check.title}: ${visible(check.detail)}`,
    ...(check.fix === null ? [] : [`    can be fixed: ${FIXES[check.fix]}`]),
  ]);
  const head = `CFN Loop doctor: ${plural(report.errors, 'error')}, ${plural(report.warnings, 'warning')}; ${health.state}`;
  return `${[head, ...lines].join('\n')}\n`;
}

import { l10n } from 'vscode';
import { FIXES, plural } from '../../app/health/health-report.ts';
import { visible } from '../words.ts';
import type { DoctorContent } from './doctor-panel.ts';

/** The report for an issue or a chat; paths are in it, values of variables are not. */
export function reportText({ report, health }: DoctorContent): string {
  const lines = report.checks.flatMap((check) => [
    `[${check.state}] ${check.title}: ${visible(check.detail)}`,
    ...(check.fix === null ? [] : [l10n.t('    can be fixed: {0}', FIXES[check.fix])]),
  ]);
  const head = l10n.t(
    'CFN Loop doctor: {0}, {1}; {2}',
    plural(report.errors, 'error'),
    plural(report.warnings, 'warning'),
    health.state,
  );
  return `${[head, ...lines].join('\n')}\n`;
}

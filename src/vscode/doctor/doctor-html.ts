import { l10n } from 'vscode';
import { BOX_GROUPS } from '../../app/compliance/box.ts';
import type { ComplianceReport, JudgedBox } from '../../app/compliance/compliance.ts';
import { FIXES, plural, type HealthCheck, type HealthReport } from '../../app/health/health-report.ts';
import type { HealthSummary } from '../../app/health/health-summary.ts';
import { htmlText as text } from '../html-text.ts';
import { commandButton, staticPage, type CommandButton, type PageFrame } from '../static-page/page.ts';

export interface DoctorPage {
  readonly report: HealthReport;
  readonly health: HealthSummary;
  readonly compliance: ComplianceReport | null;
  /** What a fix did just now. */
  readonly note: string | null;
  /** `14:02` */
  readonly at: string;
}

/** Links that run these commands and no other; the page has no script at all. */
export const DOCTOR_COMMANDS = [
  'cfn.doctor',
  'cfn.doctorFix',
  'cfn.copyDoctorReport',
  'cfn.showCompliance',
  'cfn.resumeLoop',
  'cfn.showLog',
] as const;
type DoctorCommand = (typeof DOCTOR_COMMANDS)[number];
const button: CommandButton<DoctorCommand> = commandButton;

const TITLE = 'CFN: Doctor';

const STATES = {
  error: { mark: '✗', word: l10n.t('Error') },
  warning: { mark: '!', word: l10n.t('Warning') },
  ok: { mark: '✓', word: 'OK' },
  skipped: { mark: '–', word: l10n.t('Not used') },
} as const;

/** A whole page; everything that was found is text, whatever it holds. */
export function doctorHtml(page: DoctorPage, frame: PageFrame): string {
  return staticPage(
    TITLE,
    `<main>
<header>
<h1>${l10n.t('Doctor')}</h1>
<p class="verdict ${verdictClass(page)}">${verdict(page)} <span class="dim">${l10n.t('Checked at {0}.', text(page.at))}</span></p>
<nav aria-label="${l10n.t('Actions')}">${button('cfn.doctor', l10n.t('Check Again'), { primary: true })}${button('cfn.showCompliance', l10n.t('Compliance of a Loop…'))}${button('cfn.copyDoctorReport', l10n.t('Copy as Text'))}${button('cfn.showLog', l10n.t('Show Log'))}</nav>
${page.note === null ? '' : `<p class="note" role="status">${text(page.note)}</p>`}
</header>
${page.compliance === null ? '' : compliance(page.compliance)}
${checks(page.report.checks)}
</main>`,
    frame,
  );
}

/** While the checks run. */
export function waitingHtml(frame: PageFrame): string {
  return staticPage(
    TITLE,
    `<main><header><h1>${l10n.t('Doctor')}</h1><p class="dim" role="status">${l10n.t('Checking …')}</p></header></main>`,
    frame,
  );
}

const verdictClass = ({ report }: DoctorPage): string =>
  report.errors > 0 ? 'err' : report.warnings > 0 ? 'warn' : 'ok';

function verdict({ report, health }: DoctorPage): string {
  const degraded =
    health.state === 'degraded' ? ` ${text(health.message.replace(' cfn doctor says more.', ''))}` : '';
  if (report.errors > 0) {
    return `${plural(report.errors, 'error')}, ${plural(report.warnings, 'warning')}.${degraded}`;
  }
  if (report.warnings > 0) return l10n.t('No error, {0}.{1}', plural(report.warnings, 'warning'), degraded);
  return l10n.t('All is well.{0}', degraded);
}

function checks(all: readonly HealthCheck[]): string {
  const due = [
    ...all.filter(({ state }) => state === 'error'),
    ...all.filter(({ state }) => state === 'warning'),
  ];
  const fine = all.filter(({ state }) => state === 'ok');
  const skipped = all.filter(({ state }) => state === 'skipped');
  return [
    due.length === 0 ? '' : section(l10n.t('Needs you'), due, true),
    section(l10n.t('Well ({0})', fine.length), fine, true),
    section(l10n.t('Not used now ({0})', skipped.length), skipped, due.length === 0),
  ].join('\n');
}

function section(title: string, some: readonly HealthCheck[], open: boolean): string {
  if (some.length === 0) return '';
  return `<details${open ? ' open' : ''}><summary><h2>${text(title)}</h2></summary>
<ul class="rows">${some.map(row).join('\n')}</ul>
</details>`;
}

function row(check: HealthCheck): string {
  const { mark, word } = STATES[check.state];
  const needsSteps = check.state === 'error' || check.state === 'warning';
  const steps =
    needsSteps && check.advice.length > 0
      ? `<ul class="advice">${check.advice.map((line) => `<li>${text(line)}</li>`).join('')}</ul>`
      : '';
  return `<li class="row ${check.state}">
<span class="mark" role="img" aria-label="${word}">${mark}</span>
<div><h3 title="${text(check.meaning)}">${text(check.title)}</h3>
<p class="detail">${text(check.detail)}</p>${needsSteps ? `<p class="dim">${text(check.meaning)}</p>` : ''}${steps}${actions(check)}</div>
</li>`;
}

function actions(check: HealthCheck): string {
  const resume = check.id === 'service-orchestrator' && check.advice.length > 0;
  const buttons = [
    check.fix === null
      ? ''
      : button('cfn.doctorFix', FIXES[check.fix], { argument: check.fix, primary: check.state === 'error' }),
    resume ? button('cfn.resumeLoop', l10n.t('Resume Loop…')) : '',
  ].join('');
  return buttons === '' ? '' : `<p class="actions">${buttons}</p>`;
}

const BOX_MARKS = {
  met: { mark: '✓', style: 'ok' },
  'not met': { mark: '✗', style: 'error' },
  'not applicable': { mark: '–', style: 'skipped' },
} as const;

function compliance(report: ComplianceReport): string {
  const groups = BOX_GROUPS.map(
    (group) =>
      `<h3>${group}</h3><ul class="rows">${report.boxes
        .filter((box) => box.group === group)
        .map(boxRow)
        .join('\n')}</ul>`,
  );
  return `<details open id="compliance"><summary><h2>${l10n.t('Compliance of {0}: {1} met, {2} not met, {3} not applicable', text(report.taskId), report.met, report.notMet, report.notApplicable)}</h2></summary>
<p class="dim">${l10n.t('Each box is judged from what was measured on this loop.')}</p>
${groups.join('\n')}
</details>`;
}

function boxRow({ id, box, how, state, proof }: JudgedBox): string {
  const { mark, style } = BOX_MARKS[state];
  return `<li class="row ${style}">
<span class="mark" role="img" aria-label="${state}">${mark}</span>
<div><h4>${text(box)} <span class="dim">${id}</span></h4>
<p class="detail">${text(proof)}</p><p class="dim">${text(how)}</p></div>
</li>`;
}

import { l10n } from 'vscode';
import type * as vscode from 'vscode';
import type { ComplianceReport } from '../../app/compliance/compliance.ts';
import type { HealthReport } from '../../app/health/health-report.ts';
import type { HealthSummary } from '../../app/health/health-summary.ts';
import { createStaticPanel } from '../static-page/panel.ts';
import { DOCTOR_COMMANDS, doctorHtml, waitingHtml } from './doctor-html.ts';

const VIEW_TYPE = 'cfn.doctor';

export interface DoctorContent {
  readonly report: HealthReport;
  readonly health: HealthSummary;
}

export interface DoctorPanel extends vscode.Disposable {
  /** Opens the page, or shows that it is busy. */
  wait(): void;
  show(content: DoctorContent, extra: { readonly note: string | null }): void;
  /** Adds a loop's boxes to the page; they stay until another loop's take their place. */
  showCompliance(report: ComplianceReport): void;
  readonly content: DoctorContent | null;
}

/** Drawn anew at each check. */
export function createDoctorPanel(extension: vscode.Uri): DoctorPanel {
  const shown: { content: DoctorContent | null; compliance: ComplianceReport | null; note: string | null } = {
    content: null,
    compliance: null,
    note: null,
  };
  const panel = createStaticPanel({
    extension,
    viewType: VIEW_TYPE,
    title: l10n.t('CFN: Doctor'),
    commands: DOCTOR_COMMANDS,
    onClosed: () => Object.assign(shown, { content: null, compliance: null, note: null }),
  });

  function draw(): void {
    const { content, compliance, note } = shown;
    if (!content) return;
    const at = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    panel.draw((frame) => doctorHtml({ ...content, compliance, note, at }, frame));
  }

  return {
    wait: () => {
      if (panel.reveal()) panel.draw(waitingHtml);
    },
    show: (content, { note }) => {
      Object.assign(shown, { content, note });
      draw();
    },
    showCompliance: (report) => {
      shown.compliance = report;
      draw();
      panel.reveal();
    },
    get content() {
      return shown.content;
    },
    dispose: () => panel.dispose(),
  };
}

import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { ComplianceReport } from '../../app/compliance/compliance.ts';
import type { HealthReport } from '../../app/health/health-report.ts';
import type { HealthSummary } from '../../app/health/health-summary.ts';
import { DOCTOR_COMMANDS, doctorHtml, waitingHtml, type DoctorFrame } from './doctor-html.ts';

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

/** One editor tab, drawn anew at each check. It has no script: its buttons are links to a closed list of commands. */
export function createDoctorPanel(extension: vscode.Uri): DoctorPanel {
  const media = vscode.Uri.joinPath(extension, 'dist', 'webview');
  const shown: { content: DoctorContent | null; compliance: ComplianceReport | null; note: string | null } = {
    content: null,
    compliance: null,
    note: null,
  };
  let panel: vscode.WebviewPanel | null = null;

  function open(): vscode.WebviewPanel {
    if (panel) return panel;
    const created = vscode.window.createWebviewPanel(
      VIEW_TYPE,
      l10n.t('CFN: Doctor'),
      vscode.ViewColumn.Active,
      {
        enableScripts: false,
        enableCommandUris: DOCTOR_COMMANDS,
        enableFindWidget: true,
        localResourceRoots: [media],
      },
    );
    created.iconPath = vscode.Uri.joinPath(extension, 'media', 'epic.svg');
    created.onDidDispose(() => {
      panel = null;
      Object.assign(shown, { content: null, compliance: null, note: null });
    });
    panel = created;
    return created;
  }

  const frameOf = ({ webview }: vscode.WebviewPanel): DoctorFrame => ({
    style: webview.asWebviewUri(vscode.Uri.joinPath(media, 'doctor.css')).toString(),
    source: webview.cspSource,
  });

  function draw(): void {
    if (!panel || !shown.content) return;
    const at = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    const { compliance, note } = shown;
    panel.webview.html = doctorHtml({ ...shown.content, compliance, note, at }, frameOf(panel));
  }

  return {
    wait: () => {
      const fresh = panel === null;
      const page = open();
      page.reveal();
      if (fresh) page.webview.html = waitingHtml(frameOf(page));
    },
    show: (content, { note }) => {
      Object.assign(shown, { content, note });
      draw();
    },
    showCompliance: (report) => {
      shown.compliance = report;
      draw();
      panel?.reveal();
    },
    get content() {
      return shown.content;
    },
    dispose: () => panel?.dispose(),
  };
}

import type * as vscode from 'vscode';
import { createAgentsPanel } from '../agents-page/agents-panel.ts';
import { createDoctorPanel } from '../doctor/doctor-panel.ts';
import type { Front } from '../front.ts';

/** The tabs without a script, which are closed with the extension. */
export function createPages({
  extensionUri,
  subscriptions,
}: vscode.ExtensionContext): Pick<Front, 'doctor' | 'agents'> {
  const pages = { doctor: createDoctorPanel(extensionUri), agents: createAgentsPanel(extensionUri) };
  subscriptions.push(pages.doctor, pages.agents);
  return pages;
}

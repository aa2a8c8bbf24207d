import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { dryRunText } from '../../app/dry-run-text.ts';
import type { LoopService, StartPlan } from '../../app/loop-service.ts';
import { reportUri } from '../content/survival-report.ts';
import type { Front } from '../front.ts';

/** Opens what the start would do as a read-only document; false when it could not be found out. */
export async function showDryRun(front: Front, service: LoopService, plan: StartPlan): Promise<boolean> {
  const shown = await service.dryRun(plan);
  if (!shown.ok) {
    front.messages.failed(shown.error);
    return false;
  }
  const uri = reportUri(l10n.t('What the loop would do.md'), dryRunText(shown.value));
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  return true;
}

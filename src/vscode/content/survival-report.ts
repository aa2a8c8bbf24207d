/** Says, once and quietly, what was found when loops were taken up again, and shows it as a document. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { survivalLines, survivalSummary, survivalTitle } from '../../app/recovery/survival-lines.ts';
import type { Survival } from '../../app/recovery/survival.ts';
import type { Messages } from '../messages.ts';

const SCHEME = 'cfn-survived';
const SHOW = l10n.t('Show Report');

export function survivalText(survivals: readonly Survival[]): string {
  return survivals
    .map((survival) =>
      [
        survivalTitle(survival),
        ...survivalLines(survival).map((line) => `- ${line}`),
        l10n.t('Found at {0}.', new Date(survival.at).toISOString()),
        '',
      ].join('\n'),
    )
    .join('\n');
}

/** The text stands in the document's own address, so that a tab is still there after the next reload. */
export function registerSurvivalReports(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: (uri) => String(JSON.parse(uri.query)),
  });
}

/** A read-only document; the file name's ending says what language it is in. */
export const reportUri = (name: string, text: string): vscode.Uri =>
  vscode.Uri.from({ scheme: SCHEME, path: `/${name}`, query: JSON.stringify(text) });

export async function tellSurvived(messages: Messages, survivals: readonly Survival[]): Promise<void> {
  const [first, ...others] = survivals;
  if (!first) return;
  const summary =
    others.length === 0 ? survivalSummary(first) : l10n.t('Took up {0} loops again.', survivals.length);
  if (!(await messages.offer(summary, SHOW))) return;
  const uri = reportUri('What survived.txt', survivalText(survivals));
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { preview: true });
}

import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { heldText } from './result-words.ts';
import type { ReviewSection } from './section.ts';

/** Says that a result is not as reviews which were sent wanted it, and makes it so. */
export const createResultRow = (): ReviewSection => ({
  heading: (subject) => {
    const held = subject?.held;
    if (!subject || !held) return null;
    return {
      id: 'result',
      item: () => {
        const text = heldText(held);
        const item = new vscode.TreeItem(text, vscode.TreeItemCollapsibleState.None);
        item.id = 'result';
        item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
        item.tooltip = [
          text,
          l10n.t('Click to change the result as you wanted it; that can be undone.'),
        ].join('\n');
        item.command = {
          command: 'cfn.leaveOutRejected',
          title: l10n.t('Leave Rejected Changes out of the Result'),
          arguments: [{ taskId: subject.taskId }],
        };
        return item;
      },
    };
  },
  summary: () => '',
  onChange: () => ({ dispose: () => undefined }),
  dispose: () => undefined,
});

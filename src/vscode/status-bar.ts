import * as vscode from 'vscode';
import type { Loops } from './loops.ts';
import { isActive, loopState, needsPerson, statusText, taskTitle } from './words.ts';

export function createStatusBar(loops: Loops): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('cfn.status', vscode.StatusBarAlignment.Left, 10);
  item.name = 'CFN Loop';
  item.command = 'cfn.agents.focus';
  const update = () => {
    const active = loops.views().filter(isActive);
    const waiting = active.some(needsPerson);
    item.text = `$(sync) ${statusText(loops.views())}`;
    item.tooltip =
      active.length === 0
        ? (loops.problem ?? 'No loop is running.')
        : active.map((view) => `${taskTitle(view)}: ${loopState(view)}`).join('\n');
    item.accessibilityInformation = { label: `CFN Loop: ${statusText(loops.views())}` };
    item.backgroundColor = waiting ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  };
  update();
  item.show();
  return vscode.Disposable.from(loops.onChange(update), item);
}

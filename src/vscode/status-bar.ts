import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { inboxItems } from '../app/projections/inbox.ts';
import type { HealthWatch } from './health.ts';
import type { Loops } from './loops.ts';
import { isActive, loopState, statusText, taskTitle } from './words.ts';

export function createStatusBar(loops: Loops, health: HealthWatch): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('cfn.status', vscode.StatusBarAlignment.Left, 10);
  item.name = 'CFN Loop';
  const update = () => {
    const active = loops.views().filter(isActive);
    const waiting = inboxItems(active, 0).length > 0;
    const degraded = health.current?.state === 'degraded' ? health.current.message : null;
    const words = `${statusText(loops.views())}${degraded === null ? '' : l10n.t(' · degraded')}`;
    item.text = `$(${degraded === null ? 'sync' : 'warning'}) ${words}`;
    const tooltip =
      active.length === 0
        ? (loops.problem ?? l10n.t('No loop is running.'))
        : active.map((view) => `${taskTitle(view)}: ${loopState(view)}`).join('\n');
    item.tooltip = degraded === null ? tooltip : `${degraded}\n${tooltip}`;
    item.command = degraded === null ? 'cfn.inbox.focus' : 'cfn.doctor';
    item.accessibilityInformation = { label: l10n.t('CFN Loop: {0}', words) };
    item.backgroundColor = waiting ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  };
  update();
  item.show();
  return vscode.Disposable.from(loops.onChange(update), health.onChange(update), item);
}

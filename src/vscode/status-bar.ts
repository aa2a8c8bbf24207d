import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { coalesce } from '../base/coalesce.ts';
import type { HealthWatch } from './health.ts';
import type { Inbox } from './inbox/inbox.ts';
import type { Loops } from './loops.ts';
import { isActive, loopState, statusText, taskTitle } from './words.ts';

/** Costs of many agents change many times a second. */
const COALESCE_MS = 200;

export function createStatusBar(loops: Loops, inbox: Inbox, health: HealthWatch): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('cfn.status', vscode.StatusBarAlignment.Left, 10);
  item.name = 'CFN Loop';
  const update = () => {
    const active = loops.views().filter(isActive);
    const waiting = inbox.due().length;
    const degraded = health.current?.state === 'degraded' ? health.current.message : null;
    const words = `${statusText(loops.views(), waiting)}${degraded === null ? '' : l10n.t(' · degraded')}`;
    item.text = `$(${degraded === null ? 'sync' : 'warning'}) ${words}`;
    const tooltip =
      active.length === 0
        ? (loops.problem ?? l10n.t('No loop is running.'))
        : active.map((view) => `${taskTitle(view)}: ${loopState(view)}`).join('\n');
    item.tooltip = degraded === null ? tooltip : `${degraded}\n${tooltip}`;
    item.command = degraded === null ? 'cfn.inbox.focus' : 'cfn.doctor';
    item.accessibilityInformation = { label: l10n.t('CFN Loop: {0}', words) };
    item.backgroundColor = waiting > 0 ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  };
  update();
  item.show();
  const { soon, dispose } = coalesce(COALESCE_MS, update);
  return vscode.Disposable.from(inbox.onChange(soon), health.onChange(soon), { dispose }, item);
}

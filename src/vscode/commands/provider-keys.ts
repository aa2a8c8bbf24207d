import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { RouteStanding } from '../../app/routing/provider-routing.ts';
import type { Command, Front } from '../front.ts';
import { providerKeyName } from '../provider-keys.ts';

interface VariableItem extends vscode.QuickPickItem {
  readonly variable: string;
}

/** Keeps the key of a provider where the editor keeps secrets; the environment still wins over it. */
export const setProviderKey: Command = async (front) => {
  const items = await variables(front);
  if (items === null) return;
  const picked = await vscode.window.showQuickPick(items, {
    title: l10n.t('Set Provider Key'),
    placeHolder: l10n.t('Whose key?'),
    ignoreFocusOut: true,
  });
  if (!picked) return;
  const key = await vscode.window.showInputBox({
    title: l10n.t('Set Provider Key'),
    prompt: l10n.t(
      'Kept in secret storage, and given to agents of this provider alone. The environment variable {0} wins over it.',
      picked.variable,
    ),
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^\S{6,}$/.test(text.trim()) ? undefined : l10n.t('A key has at least 6 characters and no spaces.'),
  });
  if (key === undefined) return;
  await front.secrets.store(providerKeyName(picked.variable), key.trim());
  front.messages.note(l10n.t('The key {0} is kept in secret storage.', picked.variable));
};

export const forgetProviderKey: Command = async (front) => {
  const items = await variables(front);
  if (items === null) return;
  const kept: VariableItem[] = [];
  for (const item of items) if (await front.secrets.get(providerKeyName(item.variable))) kept.push(item);
  if (kept.length === 0) {
    front.messages.note(l10n.t('No key of a provider is kept in secret storage.'));
    return;
  }
  const picked = await vscode.window.showQuickPick(kept, {
    title: l10n.t('Forget Provider Key'),
    placeHolder: l10n.t('Agents that run already keep it until they end.'),
  });
  if (!picked) return;
  await front.secrets.delete(providerKeyName(picked.variable));
  front.messages.note(l10n.t('The key {0} is no longer kept.', picked.variable));
};

/** One item for each variable; providers may share one. */
async function variables(front: Front): Promise<readonly VariableItem[] | null> {
  const routes = await (await front.loops.core()).routing.standings();
  if (!routes.ok) {
    front.messages.failed({ kind: 'input', message: routes.error });
    return null;
  }
  const byVariable = new Map<string, RouteStanding[]>();
  for (const route of routes.value) {
    if (route.keyVariable === null) continue;
    byVariable.set(route.keyVariable, [...(byVariable.get(route.keyVariable) ?? []), route]);
  }
  return [...byVariable].map(([variable, owners]) => ({
    variable,
    label: owners.map(({ provider }) => provider).join(', '),
    description: variable,
    detail: owners[0]?.hasKey === true ? l10n.t('There is a key.') : l10n.t('No key yet.'),
  }));
}

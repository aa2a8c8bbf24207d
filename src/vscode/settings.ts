import * as vscode from 'vscode';
import { containersBesideLoops } from '../app/container-plan.ts';
import type { SettingsLayer } from '../app/resolve-start.ts';
import { rowRetention } from '../app/row-retention.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { ContainerWish } from '../domain/containers/plan.ts';
import type { RowRetention } from '../ports/read-model.ts';
import {
  parseSettings,
  parseSettingsFile,
  REPOSITORY_SETTING_NAMES,
  USER_SETTING_NAMES,
} from '../protocol/settings.ts';

const label = (name: string) => `cfn.${name}`;

/** Only what somebody has set: our defaults must not win over a repository's configuration. */
function explicit(folder: vscode.Uri): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration('cfn', folder);
  const entries = USER_SETTING_NAMES.flatMap((name) => {
    const found = configuration.inspect(name);
    const set = found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue ?? undefined;
    return set === undefined || set === null || (Array.isArray(set) && set.length === 0)
      ? []
      : [[name, set] as const];
  });
  return Object.fromEntries(entries);
}

/** The user's settings, checked by the same schema as flags and epics. */
export function readUserSettings(folder: vscode.Uri): Result<SettingsLayer, string> {
  // Real terminals are what the editor adds, so they are its own default; all else is left to the core's.
  const raw = { runtime: 'terminal', ...explicit(folder) };
  const parsed = parseSettings(raw, { allowed: USER_SETTING_NAMES, label });
  return parsed.ok ? ok({ settings: parsed.value, label }) : err(parsed.error.message);
}

/** How containers of what runs beside loops are; of what a repository may say there is nothing in it. */
export function readContainers(folder: vscode.Uri | null): Result<ContainerWish, string> {
  if (folder === null) return ok(containersBesideLoops([]));
  const user = readUserSettings(folder);
  return user.ok ? ok(containersBesideLoops([user.value])) : user;
}

/** How long rows stay in the index: what the repository says, else the user. */
export async function readRetention(root: string): Promise<Result<RowRetention, string>> {
  const folder = vscode.Uri.file(root);
  const shared = await readRepositorySettings(folder);
  if (!shared.ok) return shared;
  const own = readUserSettings(folder);
  return own.ok ? ok(rowRetention([shared.value, own.value].filter((layer) => layer !== null))) : own;
}

/** `.cfn/config.json` as it stands in the folder; `null` without one. */
export async function readRepositorySettings(
  folder: vscode.Uri,
): Promise<Result<SettingsLayer | null, string>> {
  const file = vscode.Uri.joinPath(folder, '.cfn', 'config.json');
  const bytes = await vscode.workspace.fs.readFile(file).then(
    (value) => value,
    () => null,
  );
  if (bytes === null) return ok(null);
  const text = new TextDecoder().decode(bytes);
  const parsed = parseSettingsFile('.cfn/config.json', text, REPOSITORY_SETTING_NAMES);
  if (!parsed.ok) return parsed;
  return ok({ settings: parsed.value, label: (name) => `.cfn/config.json: ${name}` });
}

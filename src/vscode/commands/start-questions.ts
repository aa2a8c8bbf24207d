import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { DetectedAgent } from '../../ports/agent-provider.ts';
import type { Front } from '../front.ts';
import { askProfiles, type CrewChoice } from './pick-profiles.ts';

const MODES = [
  {
    label: 'standard',
    description: l10n.t('gate 0.75, consensus 0.90'),
    detail: l10n.t('1 implementer, 3 validators, a product owner. Evidence: 95 % of the checks.'),
  },
  {
    label: 'mvp',
    description: l10n.t('gate 0.70, consensus 0.80'),
    detail: l10n.t('1 implementer, 2 validators, a product owner. Evidence: 70 % of the checks.'),
  },
  {
    label: 'enterprise',
    description: l10n.t('gate 0.75, consensus 0.95'),
    detail: l10n.t('3 implementers, 5 validators, a product owner. Evidence: 98 % of the checks.'),
  },
] as const;
type ModeName = (typeof MODES)[number]['label'];

const LAST_MODE = 'lastMode';
const LAST_PRESET = 'lastPreset';

/** The last choice comes first, so that Enter repeats it. */
function lastFirst<T extends { readonly label: string }>(items: readonly T[], last: string | undefined): T[] {
  return [...items].sort((one, other) => Number(other.label === last) - Number(one.label === last));
}

export async function askTask(given: string): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: l10n.t('Start Loop (1/3)'),
    value: given,
    prompt: l10n.t('What should be different afterwards?'),
    placeHolder: l10n.t('For example: add rate limiting to POST /login, 5 tries a minute'),
    ignoreFocusOut: true,
    validateInput: (text) =>
      text.trim() === '' ? l10n.t('The task takes a description of what is to be done.') : undefined,
  });
}

export async function askMode(memory: vscode.Memento): Promise<ModeName | undefined> {
  const picked = await vscode.window.showQuickPick(lastFirst(MODES, memory.get<string>(LAST_MODE)), {
    title: l10n.t('Start Loop (2/3)'),
    placeHolder: l10n.t('How strict?'),
    ignoreFocusOut: true,
  });
  if (picked) await memory.update(LAST_MODE, picked.label);
  return picked?.label;
}

interface CrewItem extends vscode.QuickPickItem {
  readonly available: boolean;
}

/** Opens the choice of profiles for each role. */
const PROFILES: CrewItem = {
  label: l10n.t('$(person) Profiles…'),
  description: l10n.t('an agent profile for each role'),
  available: true,
};

/** Offered where routing is on; whoever picks a program has it run as it is set up. */
const ROUTED: CrewItem = {
  label: l10n.t('$(git-merge) Provider routing'),
  description: l10n.t('each agent asks the provider that your table chooses'),
  available: true,
};

const DEMO_TEXT = l10n.t('scripted, without a model, for $0');

function programText({ id, title, version }: DetectedAgent): string {
  if (id === 'demo') return DEMO_TEXT;
  return version === null ? title : `${title} ${version}`;
}

/** The agent of all roles: what is on this machine comes first, the rest is shown as not found. */
export async function askCrew(
  front: Front,
  mode: ModeName,
  routing: boolean,
): Promise<CrewChoice | undefined> {
  const core = await front.loops.core();
  const [agents, profiles] = await Promise.all([
    core.agents(),
    core.profiles({ repository: front.loops.folder?.fsPath ?? null }),
  ]);
  // One choice for all roles, of which it can fill some.
  const ableToAll = agents.filter(({ id }) => id !== 'vscode');
  const items = ableToAll.map((agent): CrewItem => {
    const available = agent.path !== null || agent.id === 'demo';
    return {
      label: agent.id,
      description: available ? programText(agent) : l10n.t('not found on this machine'),
      available,
    };
  });
  if (!items.some((item) => item.label === 'demo')) {
    items.push({ label: 'demo', description: DEMO_TEXT, available: true });
  }
  const last = front.memory.get<string>(LAST_PRESET);
  const sorted = [
    ...(routing ? [ROUTED] : []),
    ...lastFirst(
      items.filter((item) => item.available),
      last,
    ),
    ...(profiles.length > 0 ? [PROFILES] : []),
    ...items.filter((item) => !item.available),
  ];
  const picked = await vscode.window.showQuickPick(sorted, {
    title: l10n.t('Start Loop (3/3)'),
    placeHolder: l10n.t('Who works? The mode says how many; an epic file can name each agent.'),
    ignoreFocusOut: true,
  });
  if (!picked) return undefined;
  if (picked === ROUTED) return {};
  if (picked === PROFILES) return askProfiles(profiles, mode);
  if (!picked.available) {
    front.messages.failed({
      kind: 'input',
      message: l10n.t('{0} was not found on this machine; install it or choose another agent.', picked.label),
    });
    return undefined;
  }
  await front.memory.update(LAST_PRESET, picked.label);
  return { preset: picked.label, customRouting: false };
}

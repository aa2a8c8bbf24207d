import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { ListedProfile } from '../../ports/agent-profiles.ts';
import type { Mode } from '../../domain/loop/model.ts';
import { MODE_POLICIES } from '../../domain/loop/policy.ts';
import type { Settings } from '../../protocol/settings.ts';

export type CrewChoice = Pick<
  Settings,
  'preset' | 'agents' | 'validators' | 'productOwner' | 'customRouting'
>;

interface ProfileItem extends vscode.QuickPickItem {
  readonly spec: string | null;
}

const DEFAULT: ProfileItem = {
  label: l10n.t('$(circle-outline) No profile'),
  description: l10n.t('the default agent, as many as the mode says'),
  spec: null,
};

/** How a list shows a profile: whose it is, what it is run by, and that something is wrong with it. */
export function profileDescription({ origin, shownPath, provider, model, warnings }: ListedProfile): string {
  const wrong = warnings.length === 1 ? l10n.t('1 warning') : l10n.t('{0} warnings', warnings.length);
  return [
    origin === 'repository' ? shownPath : `yours, ${shownPath}`,
    [provider, model].filter((each) => each !== null).join(' '),
    warnings.length > 0 ? wrong : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** One profile or none for each role, in the mode's numbers; undefined when a question was left. */
export async function askProfiles(
  profiles: readonly ListedProfile[],
  mode: Mode,
): Promise<CrewChoice | undefined> {
  const items = profiles
    .filter((profile) => profile.hiddenBy === null)
    .map((profile): ProfileItem => ({
      label: `@${profile.id}`,
      description: profileDescription(profile),
      detail: profile.description,
      spec: `@${profile.id}`,
    }));
  const ask = (role: string) =>
    vscode.window.showQuickPick([DEFAULT, ...items], {
      title: l10n.t('Profile of the {0}', role),
      placeHolder: l10n.t('Whose text is the role? It is shown again before anything starts.'),
      ignoreFocusOut: true,
      matchOnDescription: true,
      matchOnDetail: true,
    });
  const implementer = await ask('implementer');
  const validator = implementer && (await ask('validator'));
  const owner = validator && (await ask(l10n.t('product owner')));
  if (!owner) return undefined;
  const { implementers, validators } = MODE_POLICIES[mode].crew;
  const many = (spec: string, count: number) => Array.from({ length: count }, () => spec);
  return {
    ...(implementer.spec === null ? {} : { agents: many(implementer.spec, implementers) }),
    ...(validator.spec === null ? {} : { validators: many(validator.spec, validators) }),
    ...(owner.spec === null ? {} : { productOwner: owner.spec }),
  };
}

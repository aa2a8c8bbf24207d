import { err, ok } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import { profileKey, programOfProfile, type CrewProfile } from '../domain/agents/profile.ts';
import type { CrewMember } from '../domain/loop/model.ts';
import type { ListedProfile } from '../ports/agent-profiles.ts';
import type { FindProfile } from '../protocol/agent-spec.ts';

/** Every attempt's prompt and the journal carry them. */
const MAX_INSTRUCTIONS = 64 * 1024;

export interface ProfileSearch {
  /** null: they were not looked for yet, and any id is taken. */
  readonly profiles: readonly ListedProfile[] | null;
  /** The preset of agents that nothing else was said about; null without one. */
  readonly fallback: string | null;
  /** Said where a profile names no preset and there is no default. */
  readonly noPreset: string;
  /** The program of profiles whose SPEC names no preset, whatever they say themselves; missing: their own. */
  readonly routed?: string;
}

type Used = 'id' | 'name' | 'origin' | 'shownPath' | 'instructions' | 'provider' | 'model';

/** Looks for the profiles that SPECs name. */
export function findProfileIn({ profiles, fallback, noPreset, routed }: ProfileSearch): FindProfile {
  return (field, { id, preset: chosen }) => {
    const usable = (profiles ?? []).filter((each) => each.hiddenBy === null);
    const profile =
      profiles === null ? placeholder(id) : usable.find((each) => profileKey(each.id) === profileKey(id));
    if (!profile) {
      const there = usable.length > 0 ? usable.map((each) => `@${each.id}`).join(', ') : 'none';
      return err(`${field} names the profile ${shown(id)}, which does not exist; there is ${there}.`);
    }
    const { instructions, shownPath } = profile;
    if (instructions.length > MAX_INSTRUCTIONS) {
      const size = instructions.length.toLocaleString('en-US');
      return err(`${field}: the text of ${shownPath} has ${size} characters; a profile takes 65,536.`);
    }
    const { provider, model } = profile;
    const program =
      routed !== undefined && chosen === null
        ? { preset: routed, model: null, notes: [] }
        : programOfProfile({ provider, model, chosen, fallback });
    if (program.preset === null) return err(noPreset);
    return ok({
      program: {
        kind: 'preset',
        preset: program.preset,
        ...(program.model === null ? {} : { model: program.model }),
      },
      profile: {
        id: profile.id,
        name: profile.name,
        origin: profile.origin,
        path: shownPath,
        instructions,
        notes: program.notes,
      },
    });
  };
}

const placeholder = (id: string): Pick<ListedProfile, Used> => ({
  id,
  name: id,
  origin: 'personal',
  shownPath: '',
  instructions: '',
  provider: null,
  model: null,
});

export interface ProfileNote {
  readonly text: string;
  readonly path: string;
}

/** Whose text goes into whose prompts, for whoever starts the loop; one sentence for each profile. */
export function profileNotes(crew: readonly CrewMember[]): readonly ProfileNote[] {
  const agents = new Map<string, { readonly profile: CrewProfile; readonly ids: string[] }>();
  for (const { id, profile } of crew) {
    if (!profile) continue;
    const known = agents.get(profile.path);
    if (known) known.ids.push(id);
    else agents.set(profile.path, { profile, ids: [id] });
  }
  return [...agents.values()].map(({ profile, ids }) => {
    const whose = profile.origin === 'repository' ? 'text of this repository' : 'text of your own';
    const size = profile.instructions.length.toLocaleString('en-US');
    const notes = profile.notes.map((note) => ` ${note}`).join('');
    const text = `The role of ${ids.join(', ')} is @${profile.id}, ${whose}: ${profile.path}, ${size} characters.${notes}`;
    return { text, path: profile.path };
  });
}

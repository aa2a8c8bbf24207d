import { err, ok, type Result } from '../base/result.ts';
import type { Role } from '../domain/loop/model.ts';
import { editsNothing, parseCrew, type Crew, type RoleSpecs } from '../protocol/agent-spec.ts';
import type { Settings } from '../protocol/settings.ts';
import { findProfileIn } from './crew-profiles.ts';
import { ofOtherFamily, type NotedCrew } from './other-family.ts';
import { ALWAYS_THERE, BY_ACP, KNOWN_PRESETS, NONE_FOUND, PREFERRED_PRESETS } from './presets.ts';
import type { StartInput } from './resolve-start.ts';
import { isRouted, routeCrew, ROUTED } from './routing/route-crew.ts';
import { choicesOf } from './routing/routing-settings.ts';
import { find, type SettingsLayer } from './settings-layers.ts';
import type { StartRequest } from './start-request.ts';

const NO_AGENT_CLI = `${NONE_FOUND}; install one, name agents by --implementer, --validator and --product-owner, or try the scripted preset demo, which needs no model.`;

/** True when agents that nobody named a program for ask the provider that is chosen for them. */
export const isRouting = (layers: readonly SettingsLayer[]): boolean =>
  find(layers, 'customRouting')?.value === true;

export const ROLE_SETTINGS = ['agents', 'validators', 'productOwner'] as const;

export const leavesRole = (layers: readonly SettingsLayer[]): boolean =>
  !layers.some((layer) => layer.crew) && !ROLE_SETTINGS.every((name) => find(layers, name));

/** True when validators are to be of another model family, so that it has to be known what is signed in. */
export const wantsOtherFamily = (layers: readonly SettingsLayer[]): boolean =>
  find(layers, 'validatorFamily')?.value === 'other';

export function resolveCrew(
  input: StartInput,
  size: { readonly implementers: number; readonly validators: number },
): Result<NotedCrew, string> {
  // What is said below a whole crew says nothing about it.
  const crewAt = input.layers.findIndex((layer) => layer.crew);
  const layers = crewAt < 0 ? input.layers : input.layers.slice(0, crewAt);
  const stated = find(layers, 'preset');
  const kept = stated === null ? input.layers[crewAt]?.crew : undefined;
  const routing = isRouting(input.layers);
  const preset = routing ? ROUTED : (stated?.value ?? input.foundPresets[0]);
  if (preset === undefined && leavesRole(input.layers)) return err(NO_AGENT_CLI);
  const roleSpecs = (
    role: Role,
    name: 'agents' | 'validators' | 'productOwner',
    own: { readonly count: number; readonly preset: string | undefined },
  ): RoleSpecs => {
    const found = find(layers, name);
    if (found === null && kept) return keptSpecs(kept, role);
    if (found === null) {
      return {
        role,
        field: routing ? 'provider routing' : (stated?.label ?? 'the default preset'),
        specs: Array.from({ length: own.count }, () => own.preset ?? ''),
      };
    }
    return { role, field: found.label, specs: typeof found.value === 'string' ? [found.value] : found.value };
  };
  const profiles = input.profiles ?? null;
  const routed = routing ? { routed: ROUTED } : {};
  const findFor = (fallback: string | undefined) =>
    findProfileIn({ profiles, fallback: fallback ?? null, noPreset: NO_AGENT_CLI, ...routed });
  const crewWith = (forValidators: string | undefined): Result<Crew, string> => {
    const roles = [
      roleSpecs('implementer', 'agents', { count: size.implementers, preset }),
      roleSpecs('validator', 'validators', { count: size.validators, preset: forValidators }),
      roleSpecs('product-owner', 'productOwner', { count: 1, preset }),
    ];
    return parseCrew(roles, (field, reference, role) =>
      findFor(role === 'validator' ? forValidators : preset)(field, reference, role),
    );
  };
  const crew = crewWith(preset);
  if (!crew.ok || !wantsOtherFamily(layers)) return crew;
  if (routing) return ok({ ...crew.value, note: ROUTING_CHOOSES });
  return ofOtherFamily(crew.value, { usable: usableIn(input), preset, crewWith });
}

const ROUTING_CHOOSES =
  'Routing chooses the providers of validators too, so the model family that was asked for them was not looked for.';

/** The experimental ones are never chosen by themselves. */
const usableIn = ({ signedInPresets = [] }: StartInput): readonly string[] =>
  PREFERRED_PRESETS.filter((id) => signedInPresets.includes(id));

/** Agents that nobody named a program for get the one of the provider that is chosen for them. */
export function routedCrew(
  { layers, routes, profiles = [] }: StartInput,
  said: Settings,
  crew: Result<NotedCrew, string>,
): Result<NotedCrew, string> {
  if (!crew.ok) return crew;
  const asking = crew.value.members.find(isRouted);
  if (asking && !isRouting(layers)) return err(routingIsOff(asking.id));
  if (!asking || routes === undefined) return crew;
  const task = { complexity: said.complexity, cost_sensitive: said.costSensitive };
  const members = routeCrew(crew.value.members, { routes, choices: choicesOf(said), task, profiles });
  return members.ok ? ok({ ...crew.value, members: members.value }) : members;
}

const routingIsOff = (agentId: string): string =>
  `The agent ${agentId} is "${ROUTED}", and routing is off; set CFN_CUSTOM_ROUTING=true or customRouting of your own settings, or name a preset.`;

function keptSpecs(crew: Crew, role: Role): RoleSpecs {
  const members = crew.members.filter((member) => member.role === role);
  return {
    role,
    field: 'the crew',
    specs: members.map((member) => ({ member, decidedBy: crew.decidedBy })),
  };
}

/** Scripted agents, and those whose provider is not chosen yet. */
const NEED_NOT_ASK: ReadonlySet<string> = new Set([ALWAYS_THERE, ROUTED]);

/** Refuses an agent that could not ask a person; programs of the user decide for themselves. */
export function ableToAsk<C extends Crew>(
  permission: StartRequest['permission'],
  crew: Result<C, string>,
): Result<C, string> {
  if (permission !== 'ask' || !crew.ok) return crew;
  for (const { id, program } of crew.value.members) {
    if (program?.kind !== 'preset' || NEED_NOT_ASK.has(program.preset) || editsNothing(program)) continue;
    const { preset } = program;
    if (preset.endsWith(BY_ACP)) continue;
    const other = `${preset}${BY_ACP}`;
    const instead = KNOWN_PRESETS.includes(other) ? other : `gemini${BY_ACP}`;
    return err(
      `permission is ask, and ${preset} of the agent ${id} cannot ask a person without a terminal; take ${instead}, which asks by the Agent Client Protocol (ACP), or the permission edits.`,
    );
  }
  return crew;
}

import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import { profileKey } from '../../domain/agents/profile.ts';
import {
  providerKey,
  routeOfAgent,
  type AgentRoute,
  type ProviderRoute,
  type ProviderRoutes,
  MODEL_NAME,
} from '../../domain/agents/provider-route.ts';
import {
  ProviderRouter,
  type ProviderChoices,
  type RoutedTask,
} from '../../domain/agents/provider-router.ts';
import type { CrewMember } from '../../domain/loop/model.ts';
import type { ListedProfile } from '../../ports/agent-profiles.ts';

/** Stands for the program of an agent until its provider is chosen; as a SPEC it asks for that. */
export const ROUTED = 'routed';

export interface Routing {
  readonly routes: ProviderRoutes;
  readonly choices: ProviderChoices;
  readonly task: RoutedTask;
  readonly profiles: readonly ListedProfile[];
}

/** Gives every agent that nobody named a program for the one of its provider; the others stay as they were named. */
export function routeCrew(
  members: readonly CrewMember[],
  { routes, choices, task, profiles }: Routing,
): Result<readonly CrewMember[], string> {
  const profileOf = (agentId: string) => {
    const used = members.find(({ id }) => id === agentId)?.profile;
    return (
      used && profiles.find((each) => each.hiddenBy === null && profileKey(each.id) === profileKey(used.id))
    );
  };
  const router = new ProviderRouter((agentId) => profileOf(agentId)?.provider ?? null, choices);
  const routed: CrewMember[] = [];
  for (const member of members) {
    if (!isRouted(member)) {
      routed.push(member);
      continue;
    }
    const { provider, because } = router.select(member.id, task);
    const route = routes.get(provider);
    if (!route) return err(noRoute(member.id, provider, { because, routes }));
    const own = because === 'profile' ? ownModel(profileOf(member.id)?.model) : null;
    routed.push(withRoute(member, route, { because, model: own ?? route.model }));
  }
  return ok(routed);
}

export const isRouted = ({ program }: CrewMember): boolean =>
  program?.kind === 'preset' && program.preset === ROUTED;

/** `inherit` is what profiles say for "whatever the rest takes"; a repository may write anything there. */
const ownModel = (model: string | null | undefined): string | null =>
  model === undefined || model === null || model === 'inherit' || !MODEL_NAME.test(model) ? null : model;

function withRoute(
  member: CrewMember,
  route: ProviderRoute,
  { because, model }: { readonly because: AgentRoute['because']; readonly model: string },
): CrewMember {
  const known = model === route.model ? route : { ...route, price: null };
  const program = {
    kind: 'preset',
    preset: route.preset,
    model,
    route: routeOfAgent(known, because),
  } as const;
  if (!member.profile) return { ...member, program };
  // What was said of its provider and model was said for another way of choosing them.
  return { ...member, program, profile: { ...member.profile, notes: [] } };
}

const SOURCES: Readonly<Record<AgentRoute['because'], string>> = {
  profile: 'its profile',
  complexity: 'HIGH_COMPLEXITY_PROVIDER (highComplexityProvider)',
  cost: 'COST_PROVIDER (costProvider)',
  default: 'DEFAULT_PROVIDER (defaultProvider)',
};

function noRoute(
  agentId: string,
  provider: string,
  { because, routes }: { readonly because: AgentRoute['because']; readonly routes: ProviderRoutes },
): string {
  const there = [...routes.keys()].join(', ');
  return `The agent ${agentId} is to ask the provider ${shown(providerKey(provider))} that ${SOURCES[because]} names, which has no route; there is ${there}, and your own routes.json adds others.`;
}

import { ok, type Result } from '../base/result.ts';
import { chosenPlace, type SaidPlace } from '../domain/code-place.ts';
import { whyNotThere } from '../domain/containers/engine.ts';
import { defaultNetworkPolicy } from '../domain/containers/networks.ts';
import {
  containerLimits,
  DEFAULT_IMAGE,
  parseMemory,
  type ContainerPlan,
  type ContainerWish,
} from '../domain/containers/plan.ts';
import { ENGINE_LABEL, type SwarmNode } from '../domain/containers/placement.ts';
import type { Mode } from '../domain/loop/model.ts';
import { DEFAULT_MODE } from '../domain/loop/policy.ts';
import type { Containers } from '../ports/container-engine.ts';
import type { SettingName, Settings } from '../protocol/settings.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';
import { find, type SettingsLayer } from './settings-layers.ts';
import type { StartRequest } from './start-request.ts';

/**
 * How a loop's agents, set-up and evidence run in containers; null where they run on this machine. Refused where no
 * engine answers, or it does not have the image.
 */
export async function containerPlan(
  containers: Pick<Containers, 'find' | 'nodes'>,
  { runtime, containers: wish }: Pick<StartRequest, 'runtime' | 'containers'>,
  said: SaidPlace,
): Promise<Result<ContainerPlan | null, LoopError>> {
  const asked = runtime === 'container';
  if (asked && said.flag === 'machine')
    return fail(
      'input',
      'Agents cannot run in containers and their code on this machine; leave one of the two out.',
    );
  if (!asked && chosenPlace(said) !== 'container') return ok(null);
  const found = await containers.find(wish.image);
  if (!found.ok) return fail('input', found.error);
  const not = whyNotThere(found.value, wish.network);
  if (not !== null) return fail('input', not);
  const engine = found.value.address;
  if (wish.place === 'swarm') {
    const nodes = await containers.nodes(engine);
    if (!nodes.ok) return fail('input', nodes.error);
  }
  return ok({ ...wish, engine });
}

/** Which nodes agents are placed on, and which not. */
export async function placementLines(
  containers: Pick<Containers, 'nodes'>,
  plan: ContainerPlan | null,
): Promise<readonly string[]> {
  if (plan?.place !== 'swarm') return [];
  const listed = await containers.nodes(plan.engine);
  if (!listed.ok) return [listed.error];
  const named = (nodes: readonly SwarmNode[]) => nodes.map(({ name }) => name).join(', ');
  const known = listed.value.filter(({ engine }) => engine !== null);
  const open = known.filter((node) => node.open);
  const closed = known.filter((node) => !node.open);
  const unknown = listed.value.filter(({ engine }) => engine === null);
  return [
    `Agents are placed on nodes of the Swarm: ${named(open) || 'none is open now'}.`,
    ...(closed.length > 0 ? [`Away or drained: ${named(closed)}.`] : []),
    ...(unknown.length > 0
      ? [`Not used, as no label ${ENGINE_LABEL} says how to ask them: ${named(unknown)}.`]
      : []),
  ];
}

export function containerLines(plan: ContainerPlan | null): readonly string[] {
  if (plan === null) return [];
  const { image, limits, network } = plan;
  const memory = Math.round(limits.memoryBytes / 1024 ** 2);
  const without = network === 'none' ? ' and no network' : '';
  return [`Agents, set-up and evidence run in containers of ${image} with ${memory} MB${without} each.`];
}

/** What the settings say of containers, with the defaults of a mode. */
export const containersFor = ({
  mode,
  image = DEFAULT_IMAGE,
  memory,
  cpus,
  network = defaultNetworkPolicy(mode),
  allow = [],
  place,
}: Pick<Settings, 'image' | 'memory' | 'cpus' | 'network' | 'allow' | 'place'> & {
  readonly mode: Mode;
}): ContainerWish => ({
  image,
  limits: containerLimits(mode, {
    memoryBytes: memory === undefined ? undefined : (parseMemory(memory) ?? undefined),
    cpus,
  }),
  network,
  allow,
  ...(place === 'swarm' ? { place } : {}),
});

/** The same of what runs beside loops, which has no mode of its own. */
export function containersBesideLoops(layers: readonly SettingsLayer[]): ContainerWish {
  const of = <K extends SettingName>(name: K) => find(layers, name)?.value;
  return containersFor({
    mode: of('mode') ?? DEFAULT_MODE,
    image: of('image'),
    memory: of('memory'),
    cpus: of('cpus'),
    network: of('network'),
    allow: of('allow'),
  });
}

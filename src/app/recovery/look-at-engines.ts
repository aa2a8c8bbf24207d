import type { EngineAddress } from '../../domain/containers/engine.ts';
import type { SwarmNode } from '../../domain/containers/placement.ts';
import type { ContainerPlan } from '../../domain/containers/plan.ts';
import type { Made } from '../../ports/container-engine.ts';
import type { LoopDeps } from '../loop-deps.ts';

/** So long a node is waited for: others can take its agents, and what it holds is ended once it is back. */
const NODE_MS = 5_000;

export interface EngineLook {
  readonly engine: EngineAddress;
  /** Where it is the engine of a node of a Swarm. */
  readonly node: SwarmNode | null;
  readonly made: Made;
}

/**
 * What this repository has in every engine that containers of a plan may be on. Those that do not answer are left out, and named in
 * the log unless `said` has them.
 */
export async function lookAtEngines(
  { containers, logger, repository }: Pick<LoopDeps, 'containers' | 'logger' | 'repository'>,
  plan: ContainerPlan,
  said = new Set<string>(),
): Promise<readonly EngineLook[]> {
  const warn = (host: string, text: string): void => {
    if (!said.has(host)) logger.warn(text);
    said.add(host);
  };
  const looks = (await enginesOf(containers, plan, warn)).map(async ({ engine, node }) => {
    const found = await containers.made(engine, repository.facts.id, node === null ? undefined : NODE_MS);
    if (found.ok) {
      said.delete(engine.host);
      return [{ engine, node, made: found.value }];
    }
    warn(
      engine.host,
      node === null
        ? `What an earlier loop left in the container engine was not looked for: ${found.error}`
        : `Node ${node.name} of the Swarm (${engine.host}) takes no agents, and keeps what was left on it: ${found.error}`,
    );
    return [];
  });
  return (await Promise.all(looks)).flat();
}

async function enginesOf(
  containers: Pick<LoopDeps['containers'], 'nodes'>,
  { engine, place }: ContainerPlan,
  warn: (host: string, text: string) => void,
): Promise<readonly Omit<EngineLook, 'made'>[]> {
  if (place !== 'swarm') return [{ engine, node: null }];
  const listed = await containers.nodes(engine);
  if (!listed.ok) {
    warn(engine.host, `The nodes of the Swarm at ${engine.host} are not known: ${listed.error}`);
    return [];
  }
  return listed.value.flatMap((node) => (node.engine === null ? [] : [{ engine: node.engine, node }]));
}

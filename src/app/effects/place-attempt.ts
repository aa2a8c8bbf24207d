import { choosePlace, type SwarmNode } from '../../domain/containers/placement.ts';
import type { ContainerPlan } from '../../domain/containers/plan.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';
import { lookAtEngines, type EngineLook } from '../recovery/look-at-engines.ts';
import { fenceAttempts } from '../recovery/reclaim-containers.ts';
import type { Attempt } from './launch.ts';

/** The plan with the engine of the node that this attempt runs on; as it is where agents are not placed. */
export async function placeAttempt(
  scope: LoopScope,
  { effect }: Pick<Attempt, 'effect'>,
  { plan, runToken }: { readonly plan: ContainerPlan; readonly runToken: string },
): Promise<ContainerPlan> {
  if (plan.place !== 'swarm') return plan;
  const { epoch, placed } = scope;
  const looks = await lookAtEngines(scope, plan, scope.saidOfNodes);
  const fenced = await fenceAttempts(scope, looks, { taskId: scope.config.taskId, epoch });
  const fits = await fitting(scope, looks, plan);
  const avoid = await lostHost(scope, effect);
  // Nothing is waited for from here to the entry, so that agents that start together see each other.
  const candidates = fits.map(({ node, engine, made }) => {
    const here = [...placed.values()].filter(({ host }) => host === engine.host);
    const there = made.runs.filter((run) => !fenced.has(run.runToken));
    const runs = new Set([...there, ...here].map((run) => run.runToken));
    return { node, engine, host: engine.host, placed: runs.size };
  });
  const chosen = choosePlace(candidates, plan.limits, avoid);
  if (chosen === null)
    throw new LoopFault(`No node of the Swarm at ${plan.engine.host} can take ${effect.agentId} now.`);
  placed.set(effect.agentId, { host: chosen.host, runToken });
  scope.logger.info(`${effect.agentId} runs on node ${chosen.node.name} (${chosen.host}).`, {
    taskId: scope.config.taskId,
  });
  return { ...plan, engine: chosen.engine };
}

/** Open nodes on which agents of the plan can work; why the others cannot is logged once. */
async function fitting(
  { containers, logger, saidOfNodes }: LoopScope,
  looks: readonly EngineLook[],
  plan: ContainerPlan,
): Promise<readonly (EngineLook & { readonly node: SwarmNode })[]> {
  const checked = looks.map(async ({ node, ...look }) => {
    if (node?.open !== true) return [];
    const why = await containers.whyNotOn(look.engine, plan);
    if (why === null) return [{ ...look, node }];
    const said = `${look.engine.host}: ${why}`;
    if (!saidOfNodes.has(said)) logger.warn(`Node ${node.name} of the Swarm takes no agents: ${why}`);
    saidOfNodes.add(said);
    return [];
  });
  return (await Promise.all(checked)).flat();
}

/** The engine that the agent's attempt before this one was lost on. */
async function lostHost(
  { config, folders }: LoopScope,
  { iteration, agentId, attempt }: Attempt['effect'],
): Promise<string | null> {
  if (attempt <= 1) return null;
  const folder = folders.folder({
    taskId: config.taskId,
    iteration,
    agentId,
    attempt: attempt - 1,
    repair: false,
  });
  const record = await folders.record(folder);
  if (record !== null && record.ending !== 'lost') return null;
  return (await folders.spec(folder))?.container?.engine.host ?? null;
}

import { LABELS } from '../../domain/containers/engine.ts';
import { providerRules } from '../../domain/containers/egress.ts';
import { presetOf, routeOf, type AgentProgram } from '../../domain/loop/model.ts';
import { containerName, rulesOf, type ContainerPlan } from '../../domain/containers/plan.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { AttemptContainer, AttemptSpec } from '../../protocol/attempt.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';
import type { Mount } from '../../ports/container-engine.ts';
import type { Attempt } from './launch.ts';
import type { Workplace } from './workplace.ts';

interface Started {
  readonly runToken: string;
  /** The iteration's. */
  readonly start: Commit;
  readonly program: AgentProgram;
}

/** What an attempt's runner needs for a container; nothing where agents are processes of this machine. */
export async function containerFor(
  scope: LoopScope,
  { effect, place }: Attempt,
  { runToken, start, program }: Started,
): Promise<Pick<AttemptSpec, 'container'>> {
  const { container, taskId } = scope.config;
  if (!container) return {};
  const { agentId } = effect;
  const host = await scope.containers.here();
  return {
    container: {
      engine: container.engine,
      image: container.image,
      name: containerName(agentId, taskId),
      user: host.user,
      limits: container.limits,
      network: await networkFor(scope, { plan: container, program, agentId }),
      mounts: [...(await lentMounts(scope, agentId, { place, start })), ...host.mounts],
      labels: {
        [LABELS.owner]: scope.repository.facts.id,
        [LABELS.task]: taskId,
        [LABELS.agent]: agentId,
        [LABELS.epoch]: String(scope.epoch),
        [LABELS.run]: runToken,
      },
    },
  };
}

async function networkFor(
  scope: LoopScope,
  {
    plan,
    program,
    agentId,
  }: { readonly plan: ContainerPlan; readonly program: AgentProgram; readonly agentId: string },
): Promise<AttemptContainer['network']> {
  const { taskId } = scope.config;
  const network = await scope.containers.network(plan, { owner: scope.repository.facts.id, taskId, agentId });
  if (!network.ok) throw new LoopFault(network.error);
  const provider = providerRules(presetOf(program), routeOf(program)?.baseUrl ?? null);
  const rules = plan.network === 'allowlist' ? [...provider, ...rulesOf(plan)] : null;
  return {
    ...network.value,
    allow: rules && rules.map(({ ports, ...rule }) => ({ ...rule, ports: [...ports] })),
  };
}

/** A checkout is a repository of its own; a worktree's git folder is the user's, and must not be inside. */
async function lentMounts(
  scope: LoopScope,
  agentId: string,
  { place: { path, branch }, start }: { readonly place: Workplace; readonly start: Commit },
): Promise<readonly Mount[]> {
  if (branch === null) return [];
  const lent = await scope.task.lend({ agentId, commit: start, branch });
  if (!lent.ok) throw new LoopFault(`${agentId} could not be given a repository: ${lent.error.message}`);
  const { gitFolder, mountedAt, pointer } = lent.value;
  return [
    { source: gitFolder, target: mountedAt, readonly: false, owned: true },
    { source: pointer, target: `${path}/.git`, readonly: true, owned: false },
    { source: pointer, target: '/workspace/.git', readonly: true, owned: false },
  ];
}

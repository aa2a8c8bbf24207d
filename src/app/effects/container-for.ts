import { LABELS } from '../../domain/containers/engine.ts';
import { providerRules } from '../../domain/containers/egress.ts';
import { presetOf, routeOf, type AgentProgram, type Commit } from '../../domain/loop/model.ts';
import { containerName, rulesOf, type ContainerPlan } from '../../domain/containers/plan.ts';
import { ok, type Result } from '../../base/result.ts';
import type { AttemptContainer, AttemptSpec } from '../../protocol/attempt.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';
import type { Mount } from '../../ports/container-engine.ts';
import type { Attempt } from './launch.ts';
import { placeAttempt } from './place-attempt.ts';
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
  attempt: Attempt,
  { runToken, start, program }: Started,
): Promise<Pick<AttemptSpec, 'container'>> {
  const { container, taskId } = scope.config;
  if (!container) return {};
  const { effect, place } = attempt;
  const { agentId } = effect;
  const made = await attemptContainer(scope, {
    plan: await placeAttempt(scope, attempt, { plan: container, runToken }),
    taskId,
    agentId,
    epoch: scope.epoch,
    runToken,
    program,
    mounts: await lentMounts(scope, agentId, { place, start }),
  });
  if (!made.ok) throw new LoopFault(made.error);
  return { container: made.value };
}

export interface ContainerRequest {
  readonly plan: ContainerPlan;
  readonly taskId: string;
  readonly agentId: string;
  readonly epoch: number;
  readonly runToken: string;
  readonly program: AgentProgram;
  /** Beside what every container gets. */
  readonly mounts: readonly Mount[];
}

/** An error is one sentence. */
export async function attemptContainer(
  { containers, repository: { facts } }: Pick<LoopScope, 'containers' | 'repository'>,
  { plan, taskId, agentId, epoch, runToken, program, mounts }: ContainerRequest,
): Promise<Result<AttemptContainer, string>> {
  const host = await containers.here();
  const network = await containers.network(plan, { owner: facts.id, taskId, agentId });
  if (!network.ok) return network;
  return ok({
    engine: plan.engine,
    image: plan.image,
    name: containerName(agentId, taskId),
    user: host.user,
    limits: plan.limits,
    network: { ...network.value, allow: allowed(plan, program) },
    mounts: [...mounts, ...host.mounts],
    labels: {
      [LABELS.owner]: facts.id,
      [LABELS.task]: taskId,
      [LABELS.agent]: agentId,
      [LABELS.epoch]: String(epoch),
      [LABELS.run]: runToken,
    },
  });
}

/** Null: no proxy. */
function allowed(plan: ContainerPlan, program: AgentProgram): AttemptContainer['network']['allow'] {
  if (plan.network !== 'allowlist') return null;
  const provider = providerRules(presetOf(program), routeOf(program)?.baseUrl ?? null);
  return [...provider, ...rulesOf(plan)].map(({ ports, ...rule }) => ({ ...rule, ports: [...ports] }));
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

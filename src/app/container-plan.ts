import { ok, type Result } from '../base/result.ts';
import { chosenPlace, type SaidPlace } from '../domain/code-place.ts';
import { whyNotThere } from '../domain/containers/engine.ts';
import type { ContainerPlan } from '../domain/containers/plan.ts';
import type { Containers } from '../ports/container-engine.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';
import type { StartRequest } from './start-request.ts';

/**
 * How a loop's agents, set-up and evidence run in containers; null where they run on this machine. Refused where no
 * engine answers, or it does not have the image.
 */
export async function containerPlan(
  containers: Pick<Containers, 'find'>,
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
  const { address: engine } = found.value;
  const not = whyNotThere(engine, wish.network);
  return not === null ? ok({ ...wish, engine }) : fail('input', not);
}

export function containerLines(plan: ContainerPlan | null): readonly string[] {
  if (plan === null) return [];
  const { image, limits, network } = plan;
  const memory = Math.round(limits.memoryBytes / 1024 ** 2);
  const without = network === 'none' ? ' and no network' : '';
  return [`Agents, set-up and evidence run in containers of ${image} with ${memory} MB${without} each.`];
}

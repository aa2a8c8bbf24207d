import { ok, type Result } from '../base/result.ts';
import { chosenPlace, whereCodeRuns, type ContainerEngine, type SaidPlace } from '../domain/code-place.ts';
import type { ContainerPlan, ContainerWish } from '../domain/containers/plan.ts';
import type { Choices } from '../ports/choices.ts';
import type { Containers } from '../ports/container-engine.ts';
import { containerPlan } from './container-plan.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';
import type { StartRequest } from './start-request.ts';

export interface CodePlaceDeps {
  /** May look at the machine, so it is asked only where containers are chosen. */
  readonly containerEngine: () => Promise<ContainerEngine>;
}

const NOT_ASKED: ContainerEngine = { kind: 'missing', why: 'no engine was looked for' };

/** Whether code may run where it was chosen to run. */
export async function checkCodePlace(deps: CodePlaceDeps, said: SaidPlace): Promise<Result<void, LoopError>> {
  const engine = chosenPlace(said) === 'container' ? await deps.containerEngine() : NOT_ASKED;
  const answer = whereCodeRuns({ ...said, engine });
  return answer.kind === 'runs' ? ok(undefined) : fail('input', answer.message);
}

export interface PlaceDeps extends CodePlaceDeps {
  readonly containers: Pick<Containers, 'find' | 'nodes'>;
}

/** The containers that a start's code runs in; null: this machine. */
export async function placeOf(
  deps: PlaceDeps,
  request: Pick<StartRequest, 'runtime' | 'containers'>,
  said: SaidPlace,
): Promise<Result<ContainerPlan | null, LoopError>> {
  const placed = await checkCodePlace(deps, said);
  return placed.ok ? containerPlan(deps.containers, request, said) : placed;
}

/** The same of what runs code beside loops: it goes where the person wants the code of this repository. */
export async function placeBesideLoops(
  deps: PlaceDeps & { readonly choices: Choices },
  containers: ContainerWish,
): Promise<Result<ContainerPlan | null, LoopError>> {
  const { codePlace } = await deps.choices.read();
  return placeOf(deps, { runtime: 'process', containers }, { flag: null, remembered: codePlace });
}

import { ok, type Err, type Result } from '../base/result.ts';
import { chosenPlace, whereCodeRuns, type ContainerEngine, type SaidPlace } from '../domain/code-place.ts';
import type { Choices } from '../ports/choices.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';

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

/** What runs code beside loops does so on this machine alone. Null: it may. */
export async function refuseBesideLoops({
  choices,
}: {
  readonly choices: Choices;
}): Promise<Err<LoopError> | null> {
  const { codePlace } = await choices.read();
  return codePlace === 'container'
    ? fail(
        'state',
        "Agents' code runs in containers alone in this repository, and this runs on the machine; `cfn init --code machine` changes that.",
      )
    : null;
}

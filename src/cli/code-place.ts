import type { LoopError, LoopService, StartPlan } from '../app/loop-service.ts';
import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import { chosenPlace } from '../domain/code-place.ts';
import { CODE_PLACES, type CodePlace } from '../domain/loop/model.ts';
import { askYesNo } from './ask.ts';
import type { Interruptions } from './interruptions.ts';
import { EXIT, type CliIo } from './io.ts';

export const CODE_HELP =
  'machine or container: where agents, set-up and evidence run; remembered for the repository, which cannot say it';

/** Null where nothing was said. */
export function parseCodePlace(text: string | undefined): Result<CodePlace | null, string> {
  if (text === undefined) return ok(null);
  const place = CODE_PLACES.find((one) => one === text);
  return place ? ok(place) : err(`--code is ${shown(text)}; it takes machine or container.`);
}

export interface CodePlaceStep {
  readonly io: CliIo;
  readonly service: LoopService;
  readonly plan: StartPlan;
  readonly interruptions: Interruptions;
  readonly json: boolean;
  /** The flag; null where it was not given. */
  readonly codePlace: CodePlace | null;
}

/**
 * Where agents' code runs: as the flag says, else as it was chosen for this repository, else a person at a terminal
 * is asked once. Where nobody can be asked it is this machine, which is said and not remembered. A number is the exit
 * code of a person who left.
 */
export async function chooseCodePlace(step: CodePlaceStep): Promise<Result<StartPlan, LoopError | number>> {
  const { io, service, plan, interruptions, codePlace: flag } = step;
  const said = { ...plan.codePlace, flag: flag ?? plan.codePlace.flag };
  const remember = async (chosen: CodePlace): Promise<Result<StartPlan, LoopError>> => {
    const remembered = await service.rememberCodePlace(chosen);
    return remembered.ok ? ok({ ...plan, codePlace: { ...said, remembered: chosen } }) : remembered;
  };
  if (flag !== null) return remember(flag);
  if (chosenPlace(said) !== null) return ok(plan);
  if (step.json || io.stdin.isTTY !== true || io.stdout.isTTY !== true) {
    io.stderr.write(
      'Agents, set-up and evidence run on this machine, with your rights; --code container keeps them in containers alone.\n',
    );
    return ok(plan);
  }
  const machine = await askYesNo(io, {
    text: 'Run agents, set-up and evidence on this machine, with your rights? No keeps them in containers alone. This is asked once.',
    signal: interruptions.signal,
    onInterrupt: () => interruptions.interrupt(),
  });
  return machine === null ? err(EXIT.cancelled) : remember(machine ? 'machine' : 'container');
}

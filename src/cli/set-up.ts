import type { LoopError, LoopService, StartPlan } from '../app/loop-service.ts';
import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import { SET_UPS, type SetUp } from '../domain/loop/model.ts';
import { askYesNo } from './ask.ts';
import type { Interruptions } from './interruptions.ts';
import { EXIT, type CliIo } from './io.ts';

export const SET_UP_HELP =
  'install or none: what lockfiles ask for, in the worktrees of agents; remembered for the repository';

/** Null where nothing was said. */
export function parseSetUp(text: string | undefined): Result<SetUp | null, string> {
  if (text === undefined) return ok(null);
  const setUp = SET_UPS.find((one) => one === text);
  return setUp ? ok(setUp) : err(`--set-up is ${shown(text)}; it takes install or none.`);
}

export interface SetUpChoice {
  readonly io: CliIo;
  readonly service: LoopService;
  readonly plan: StartPlan;
  readonly interruptions: Interruptions;
  readonly json: boolean;
  /** The flag; null where it was not given. */
  readonly setUp: SetUp | null;
}

/**
 * Whether dependencies are installed in agents' worktrees: as the flag says, else as it was chosen for this
 * repository, else a person at a terminal is asked once. Where nobody can be asked they are installed, which is
 * said and not remembered. A number is the exit code of a person who left.
 */
export async function chooseSetUp(choice: SetUpChoice): Promise<Result<StartPlan, LoopError | number>> {
  const { io, service, plan, interruptions } = choice;
  const withChoice = (chosen: SetUp): StartPlan =>
    plan.installs ? { ...plan, installs: { ...plan.installs, chosen } } : plan;
  const remember = async (setUp: SetUp): Promise<Result<StartPlan, LoopError>> => {
    const remembered = await service.rememberSetUp(setUp);
    return remembered.ok ? ok(withChoice(setUp)) : remembered;
  };
  if (choice.setUp !== null) return remember(choice.setUp);
  if (!plan.installs || plan.installs.chosen !== null) return ok(plan);
  const commands = plan.installs.commands.map((command) => `\`${command}\``).join(' and ');
  if (choice.json || io.stdin.isTTY !== true || io.stdout.isTTY !== true) {
    io.stderr.write(
      `Dependencies are installed in each agent's worktree (${commands}); --set-up none turns that off for this repository.\n`,
    );
    return ok(withChoice('install'));
  }
  const install = await askYesNo(io, {
    text: `Install dependencies with ${commands} in each agent's worktree? This is asked once.`,
    signal: interruptions.signal,
    onInterrupt: () => interruptions.interrupt(),
  });
  return install === null ? err(EXIT.cancelled) : remember(install ? 'install' : 'none');
}

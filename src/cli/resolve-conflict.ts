import type { HomeChoice } from '../app/bring-home/home-service.ts';
import type { Core } from '../app/core.ts';
import type { LoopService } from '../app/loop-service.ts';
import { parseArguments } from './arguments.ts';
import { beginLoop, withInherited } from './begin-loop.ts';
import { failed, type CliContext } from './context.ts';
import { watchInterruptions } from './interruptions.ts';
import { refuse, type Exit } from './io.ts';
import { continueCommand, readRunInput } from './start-input.ts';

export interface ConflictToResolve {
  readonly folder: string;
  readonly taskId: string;
  readonly choice: HomeChoice;
  readonly json: boolean;
}

/** Starts a loop of the same crew that begins at the merge with its conflicts marked, and follows it. */
export async function resolveConflict(
  context: CliContext,
  { service, core }: { readonly service: LoopService; readonly core: Core },
  { folder, taskId, choice, json }: ConflictToResolve,
): Promise<Exit> {
  const { io } = context;
  const resolution = await service.home.resolution(taskId, choice);
  if (!resolution.ok) return failed(io, resolution.error);
  const { description, inheritance } = resolution.value;
  const command = continueCommand();
  const argv = [taskId, '--repo', folder, '--task', description, ...(json ? ['--json'] : [])];
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const input = await readRunInput(command, io, undefined);
  if (!input.ok) return refuse(io, input.error);
  const interruptions = watchInterruptions(context);
  try {
    const continued = withInherited(input.value, inheritance);
    const step = { context, service, input: continued, interruptions, setUp: null, codePlace: null };
    return await beginLoop(step, core);
  } finally {
    interruptions.dispose();
  }
}

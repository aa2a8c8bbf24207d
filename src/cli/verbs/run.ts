import type { LoopError, LoopService } from '../../app/loop-service.ts';
import { resolveStartRequest } from '../../app/resolve-start.ts';
import { checkId } from '../../base/ids.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { parseArguments } from '../arguments.ts';
import { beginLoop, followLoop, type Running } from '../begin-loop.ts';
import { parseCodePlace } from '../code-place.ts';
import { failed, under, withRepository, type CliContext } from '../context.ts';
import { watchInterruptions } from '../interruptions.ts';
import { refuse, type Exit } from '../io.ts';
import { parseSetUp } from '../set-up.ts';
import { readRunInput, runCommand, type RunInput } from '../start-input.ts';

/** `cfn run`: starts a loop, or follows the one of that id, and ends with its outcome. */
export async function runRun(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = runCommand();
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const setUp = parseSetUp(command.opts<{ setUp?: string }>().setUp);
  if (!setUp.ok) return refuse(io, setUp.error);
  const codePlace = parseCodePlace(command.opts<{ code?: string }>().code);
  if (!codePlace.ok) return refuse(io, codePlace.error);
  const input = await readRunInput(command, io, command.args[0]);
  if (!input.ok) return refuse(io, input.error);
  const { start, warnings, limits } = input.value;
  const wrong = checkBeforeLoading(start);
  if (wrong !== null) return refuse(io, wrong);
  for (const warning of warnings) io.stderr.write(`${warning}\n`);
  return withRepository(under(context, limits), start.folder, async (service, core) => {
    const interruptions = watchInterruptions(context);
    const step = {
      context,
      service,
      input: input.value,
      interruptions,
      setUp: setUp.value,
      codePlace: codePlace.value,
    };
    try {
      const running = await findRunning(service, input.value.dryRun ? null : start.taskId);
      if (!running.ok) return failed(io, running.error);
      if (running.value) return await followLoop(step, running.value);
      if (start.description === '') return refuse(io, noTask(start.taskId));
      return await beginLoop(step, core);
    } finally {
      interruptions.dispose();
    }
  });
}

const noTask = (taskId: string | null): string =>
  `There is no loop ${taskId} in progress; to start it, give an epic file (*.cfn.md) or --task TEXT.`;

/** What is wrong on its face is told before the core is loaded and the repository is opened. */
function checkBeforeLoading(start: RunInput['start']): string | null {
  if (start.taskId !== null) {
    const id = checkId('--task-id', start.taskId);
    if (!id.ok) return id.error;
  }
  if (start.description === '') return null;
  const request = resolveStartRequest({ ...start, foundPresets: ['demo'] });
  return request.ok ? null : request.error;
}

async function findRunning(
  service: LoopService,
  taskId: string | null,
): Promise<Result<Running | null, LoopError>> {
  if (taskId === null) return ok(null);
  const view = await service.view(taskId);
  if (!view.ok) return view.error.kind === 'internal' ? view : ok(null);
  if (view.value.outcome !== null) {
    return err({
      kind: 'input',
      message: `The loop ${taskId} is finished (${view.value.outcome}); choose another --task-id.`,
    });
  }
  const since = Date.now();
  const handle = await service.resume(taskId);
  return handle.ok ? ok({ handle: handle.value, since }) : handle;
}

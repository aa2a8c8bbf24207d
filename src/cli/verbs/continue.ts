import { checkId } from '../../base/ids.ts';
import { parseArguments } from '../arguments.ts';
import { beginLoop, withInherited } from '../begin-loop.ts';
import { parseCodePlace } from '../code-place.ts';
import { failed, under, withRepository, type CliContext } from '../context.ts';
import { watchInterruptions } from '../interruptions.ts';
import { refuse, type Exit } from '../io.ts';
import { parseSetUp } from '../set-up.ts';
import { continueCommand, readRunInput } from '../start-input.ts';

/** `cfn continue`: a new loop on the result of a finished one, with its crew and settings. */
export async function runContinue(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = continueCommand();
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const [given = '', epic] = command.args;
  const taskId = checkId('TASK_ID', given);
  if (!taskId.ok) return refuse(io, taskId.error);
  const setUp = parseSetUp(command.opts<{ setUp?: string }>().setUp);
  if (!setUp.ok) return refuse(io, setUp.error);
  const codePlace = parseCodePlace(command.opts<{ code?: string }>().code);
  if (!codePlace.ok) return refuse(io, codePlace.error);
  const input = await readRunInput(command, io, epic);
  if (!input.ok) return refuse(io, input.error);
  const { start, warnings, limits } = input.value;
  if (start.description === '')
    return refuse(io, 'No task is given; it takes --task TEXT or an epic file (*.cfn.md).');
  for (const warning of warnings) io.stderr.write(`${warning}\n`);
  return withRepository(under(context, limits), start.folder, async (service, core) => {
    const inherited = await service.inherit(taskId.value);
    if (!inherited.ok) return failed(io, inherited.error);
    const interruptions = watchInterruptions(context);
    try {
      const continued = withInherited(input.value, inherited.value);
      const step = {
        context,
        service,
        input: continued,
        interruptions,
        setUp: setUp.value,
        codePlace: codePlace.value,
      };
      return await beginLoop(step, core);
    } finally {
      interruptions.dispose();
    }
  });
}

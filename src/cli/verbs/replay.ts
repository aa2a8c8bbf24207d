import { parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { eventLine } from '../event-lines.ts';
import { EXIT, refuse, type Exit } from '../io.ts';
import { namedLoopCommand, readNamedLoop } from '../pick-loop.ts';

/** `cfn replay`: a loop's history from its journal or archive; the loop itself is left alone. */
export async function runReplay(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = namedLoopCommand('replay', "Tell a loop's history from its journal or archive.").option(
    '--json',
    'one JSON object a line, exactly as the loop told it',
  );
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const asked = await readNamedLoop(command, io);
  if (!asked.ok) return refuse(io, asked.error);
  const { folder, taskId } = asked.value;
  const json = command.opts<{ json?: boolean }>().json ?? false;
  return withRepository(context, folder, async (service) => {
    const history = await service.history(taskId);
    if (!history.ok) return failed(io, history.error);
    for (const event of history.value)
      io.stdout.write(`${json ? JSON.stringify(event) : eventLine(event)}\n`);
    return EXIT.proceed;
  });
}

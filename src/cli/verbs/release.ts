import { resolve } from 'node:path';
import { ok } from '../../base/result.ts';
import { parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { followSteered } from '../follow-steered.ts';
import { refuse, type Exit } from '../io.ts';
import { loopIdCommand, pickLoop, readLoopArguments } from '../pick-loop.ts';
import { readText } from '../read-text.ts';

/** `cfn release`: lets a held hand-over go on, as it is or edited; goes on with the loop unless another process does. */
export async function runRelease(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopIdCommand('release', 'Let the hand-over go on that a breakpoint holds.')
    .option('--payload <file>', 'the hand-over as JSON with changed values; - reads standard input')
    .option('--json', 'one JSON object a line on standard output');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const flags = command.opts<{ payload?: string; json?: boolean }>();
  const asked = await readLoopArguments(command, io, command.args[0]);
  if (!asked.ok) return refuse(io, asked.error);
  const file = flags.payload;
  const source = file === '-' ? io.stdin : file && resolve(io.cwd, file);
  const payload = source ? await readText('The hand-over of --payload', source) : ok(undefined);
  if (!payload.ok) return refuse(io, payload.error);
  return withRepository(context, asked.value.folder, async (service) => {
    const view = await pickLoop(service, asked.value.taskId);
    if (!view.ok) return failed(io, view.error);
    return followSteered({ context, service, json: flags.json ?? false }, () =>
      service.release(view.value.taskId, payload.value),
    );
  });
}

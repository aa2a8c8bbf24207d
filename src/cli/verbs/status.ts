import type { LoopView } from '../../app/projections/loop-view.ts';
import { parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { EXIT, printable, refuse, type CliIo, type Exit } from '../io.ts';
import { agentRows, headLine, table } from '../loop-table.ts';
import { loopIdCommand, readLoopArguments } from '../pick-loop.ts';

/** A store that hangs must not keep people from their loops. */
const HEALTH_MS = 5000;

/** `cfn status`: all loops of the repository, or one with its crew. */
export async function runStatus(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopIdCommand('status', 'Show the loops of the repository, or one of them.').option(
    '--json',
    'one JSON object a line, a loop each',
  );
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const asked = await readLoopArguments(command, io, command.args[0]);
  if (!asked.ok) return refuse(io, asked.error);
  const { folder, taskId } = asked.value;
  const json = command.opts<{ json?: boolean }>().json ?? false;
  return withRepository(context, folder, async (service, core) => {
    const health = await (await core.monitoring(folder)).summary(AbortSignal.timeout(HEALTH_MS));
    if (health.state === 'degraded') io.stderr.write(`${health.message}\n`);
    if (taskId === null) {
      show(io, await service.list(), { json, crew: false });
      return EXIT.proceed;
    }
    const view = await service.view(taskId);
    if (!view.ok) return failed(io, view.error);
    show(io, [view.value], { json, crew: true });
    return EXIT.proceed;
  });
}

function show(
  io: CliIo,
  views: readonly LoopView[],
  options: { readonly json: boolean; readonly crew: boolean },
): void {
  const write = (lines: readonly string[]) => io.stdout.write(lines.map((line) => `${line}\n`).join(''));
  if (options.json) return void write(views.map((view) => JSON.stringify(view)));
  const width = io.stdout.columns ?? 160;
  if (views.length === 0) write(['No loop has run in this repository.']);
  for (const view of views) {
    write(table([[headLine(view)]], width));
    if (!options.crew) continue;
    write(
      table([[printable(view.description)], [`base ${view.baseCommit.slice(0, 10)}, ${view.branch}`]], width),
    );
    write(table(agentRows(view, Date.now()), width).map((line) => `  ${line}`));
    if (view.waiting) write([printable(view.waiting.message)]);
    for (const item of view.feedback) write([`feedback: ${printable(item)}`]);
  }
}

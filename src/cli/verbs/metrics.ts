import { loopCommand, parseArguments } from '../arguments.ts';
import { repositoryFolder } from '../config-files.ts';
import { failed, type CliContext } from '../context.ts';
import { EXIT, refuse, type Exit } from '../io.ts';

const LIMIT_MS = 60_000;

/** `cfn metrics`: all loops of the repository in numbers, as Prometheus reads them. */
export async function runMetrics(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopCommand('metrics', 'Print the loops of the repository as Prometheus metrics.');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const folder = await repositoryFolder(io, command.opts<{ repo?: string }>().repo);
  if (!folder.ok) return refuse(io, folder.error);
  const core = await context.loadCore();
  try {
    const monitoring = await core.monitoring(folder.value);
    const metrics = await monitoring.metrics(AbortSignal.timeout(LIMIT_MS));
    if (!metrics.ok) return failed(io, metrics.error);
    io.stdout.write(metrics.value);
    return EXIT.proceed;
  } finally {
    await core.dispose();
  }
}

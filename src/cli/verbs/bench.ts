import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import type { Measured } from '../../app/machine-bench.ts';
import { figure, median, rounded, spread } from '../../base/measure.ts';
import { parseArguments } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type CliIo } from '../io.ts';

/** `cfn bench`: what the parts of a loop cost on this machine, each beside what the machine itself takes. */
export async function runBench(argv: readonly string[], context: CliContext): Promise<number> {
  const { io } = context;
  const command = new Command('cfn bench')
    .description(
      "Measure, in a few seconds, what a loop's parts cost on this machine, each beside what the machine itself takes.",
    )
    .option('--json', 'one JSON object a line');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const json = command.opts<{ json?: boolean }>().json ?? false;
  const ended = new AbortController();
  const interruptions = context.onSignal((signal) => ended.abort(new Error(signal)));
  const machine = { node: process.version, platform: io.platform, cores: availableParallelism() };
  io.stdout.write(
    json
      ? `${JSON.stringify({ type: 'Machine', ...machine })}\n`
      : `Medians ± half the distance of the quartiles, on ${machine.cores} cores, ${machine.platform}, Node ${machine.node}.\n` +
          'Compare ratios: milliseconds belong to the machine and to what else it does.\n',
  );
  try {
    const run = await context.loadBench();
    await run({
      env: io.env,
      programs: context.programs,
      signal: ended.signal,
      onMeasured: (measured) => show(io, measured, json),
    });
    return EXIT.proceed;
  } catch (error) {
    if (ended.signal.aborted) return EXIT.cancelled;
    io.stderr.write(`The bench failed: ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.internal;
  } finally {
    interruptions.dispose();
  }
}

function show(io: CliIo, { id, title, unit, samples, limit }: Measured, json: boolean): void {
  const ratio = median(samples) / median(limit.samples);
  const said = json
    ? JSON.stringify({
        type: 'Measured',
        id,
        title,
        unit,
        median: median(samples),
        spread: spread(samples),
        samples: samples.length,
        limit: { title: limit.title, median: median(limit.samples), spread: spread(limit.samples) },
        ratio,
      })
    : `\n${title}\n  ${figure(samples, unit)}\n  limit ${figure(limit.samples, unit)}: ${limit.title}\n  ratio ${rounded(ratio)}`;
  io.stdout.write(`${said}\n`);
}

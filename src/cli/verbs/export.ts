import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { LoopError, LoopService } from '../../app/loop-service.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import { parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { EXIT, refuse, type CliIo, type Exit } from '../io.ts';
import { namedLoopCommand, readNamedLoop } from '../pick-loop.ts';

interface ExportFlags {
  readonly iteration?: string;
  readonly agent?: string;
  readonly sinceFirstBase?: boolean;
  readonly record?: boolean;
  readonly output?: string;
}

/** `cfn export`: a loop's result, an iteration or an agent's attempt as a patch; or the loop's whole record. */
export async function runExport(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = namedLoopCommand('export', 'Write what a loop made as a patch for git am and git apply.')
    .option('--iteration <n>', "this iteration's integrated work (default: the result)")
    .option('--agent <id>', "this agent's newest attempt, against where it began")
    .option('--since-first-base', 'with the work of the loops that this one goes on from')
    .option(
      '--record',
      'the events, hashes and decisions of the loop as one JSON document, instead of a patch',
    )
    .option('-o, --output <file>', 'a new file (default: standard output)');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const asked = await readNamedLoop(command, io);
  if (!asked.ok) return refuse(io, asked.error);
  const { folder, taskId } = asked.value;
  const flags = command.opts<ExportFlags>();
  const iteration = readIteration(flags);
  if (!iteration.ok) return refuse(io, iteration.error);
  return withRepository(context, folder, async (service) => {
    const bytes = await contentOf(service, taskId, { ...flags, number: iteration.value });
    if (!bytes.ok) return failed(io, bytes.error);
    const written = await write(io, flags.output, bytes.value);
    return written === null ? EXIT.proceed : refuse(io, written);
  });
}

function readIteration(flags: ExportFlags): Result<number | null, string> {
  const { iteration, agent, record = false, sinceFirstBase = false } = flags;
  if (sinceFirstBase && (record || agent !== undefined))
    return err('--since-first-base takes a result or an iteration; leave out --agent and --record.');
  if (record && (iteration !== undefined || agent !== undefined))
    return err('--record takes the whole loop; leave out --iteration and --agent.');
  if (iteration === undefined) return ok(null);
  return /^[1-9]\d{0,3}$/.test(iteration)
    ? ok(Number(iteration))
    : err(`--iteration is ${shown(iteration)}; it takes a whole number from 1.`);
}

async function contentOf(
  service: LoopService,
  taskId: string,
  { number, agent, record, sinceFirstBase = false }: ExportFlags & { readonly number: number | null },
): Promise<Result<string | Uint8Array, LoopError>> {
  if (record === true) {
    const found = await service.exportRecord(taskId);
    return found.ok ? ok(`${JSON.stringify(found.value)}\n`) : found;
  }
  const patch = await service.exportPatch(taskId, {
    iteration: number,
    agentId: agent ?? null,
    sinceFirstBase,
  });
  return patch.ok ? ok(patch.value.bytes) : patch;
}

/** The sentence of what went wrong; null when all is written. */
async function write(
  io: CliIo,
  output: string | undefined,
  content: string | Uint8Array,
): Promise<string | null> {
  if (output === undefined) {
    io.stdout.write(content);
    return null;
  }
  try {
    await writeFile(resolve(io.cwd, output), content, { flag: 'wx' });
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return code === 'EEXIST'
      ? `--output is ${shown(output)}, which exists; it takes a new file.`
      : `--output is ${shown(output)}, which cannot be written (${code}); it takes a new file.`;
  }
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loopCommand, parseArguments } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { repositoryFolder, repositoryRoot } from '../config-files.ts';
import { EXIT, refuse, type Exit } from '../io.ts';

const SAMPLE = { version: 1, mode: 'standard', iterations: 10, onBudget: 'pause' };

/** `cfn init`: writes `.cfn/config.json`, which belongs to the repository. An existing one is left alone. */
export async function runInit(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopCommand('init', 'Write a .cfn/config.json to start from.');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const folder = await repositoryFolder(io, command.opts<{ repo?: string }>().repo);
  if (!folder.ok) return refuse(io, folder.error);
  const target = join(repositoryRoot(folder.value), '.cfn', 'config.json');
  try {
    await mkdir(join(target, '..'), { recursive: true });
    await writeFile(target, `${JSON.stringify(SAMPLE, null, 2)}\n`, { flag: 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'EEXIST') return refuse(io, `${target} exists already; it is left as it is.`);
    return refuse(io, `${target} could not be written (${code}).`);
  }
  io.stdout.write(`Wrote ${target}.\n`);
  return EXIT.proceed;
}

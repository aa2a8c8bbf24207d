import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loopCommand, parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { repositoryFolder, repositoryRoot } from '../config-files.ts';
import type { SetUp } from '../../domain/loop/model.ts';
import { EXIT, refuse, type Exit } from '../io.ts';
import { parseSetUp, SET_UP_HELP } from '../set-up.ts';
import { writeScripts } from '../write-scripts.ts';

const SAMPLE = { version: 1, mode: 'standard', iterations: 10, onBudget: 'pause' };

/** `cfn init`: writes `.cfn/config.json`, which belongs to the repository. An existing one is left alone. */
export async function runInit(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopCommand('init', 'Write a .cfn/config.json to start from.')
    .option('--set-up <how>', SET_UP_HELP)
    .option(
      '--scripts',
      'write scripts instead, at the places where older instructions for agents call them',
    );
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const flags = command.opts<{ repo?: string; setUp?: string; scripts?: boolean }>();
  const setUp = parseSetUp(flags.setUp);
  if (!setUp.ok) return refuse(io, setUp.error);
  const folder = await repositoryFolder(io, flags.repo);
  if (!folder.ok) return refuse(io, folder.error);
  if (setUp.value !== null && flags.scripts) {
    return refuse(io, 'cfn init takes --set-up or --scripts, not both at once.');
  }
  if (flags.scripts) return writeScripts(io, repositoryRoot(folder.value));
  if (setUp.value !== null) return rememberSetUp(context, folder.value, setUp.value);
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

/** The choice lies beside the repository, so its files stay as they are. */
function rememberSetUp(context: CliContext, folder: string, setUp: SetUp): Promise<Exit> {
  return withRepository(context, folder, async (service) => {
    const remembered = await service.rememberSetUp(setUp);
    if (!remembered.ok) return failed(context.io, remembered.error);
    context.io.stdout.write(
      setUp === 'install'
        ? "Later loops of this repository install dependencies in each agent's worktree.\n"
        : "Later loops of this repository install no dependencies in agents' worktrees.\n",
    );
    return EXIT.proceed;
  });
}

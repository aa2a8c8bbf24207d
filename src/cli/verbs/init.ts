import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loopCommand, parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { repositoryFolder, repositoryRoot } from '../config-files.ts';
import type { CodePlace, SetUp } from '../../domain/loop/model.ts';
import type { Chosen } from '../../ports/choices.ts';
import { CODE_HELP, parseCodePlace } from '../code-place.ts';
import { EXIT, refuse, type Exit } from '../io.ts';
import { parseSetUp, SET_UP_HELP } from '../set-up.ts';
import { writeScripts } from '../write-scripts.ts';

const SAMPLE = { version: 1, mode: 'standard', iterations: 10, onBudget: 'pause' };

const SET_UP_TEXTS: Readonly<Record<SetUp, string>> = {
  install: "Later loops of this repository install dependencies in each agent's worktree.",
  none: "Later loops of this repository install no dependencies in agents' worktrees.",
};

const CODE_TEXTS: Readonly<Record<CodePlace, string>> = {
  machine: 'Agents, set-up and evidence of later loops of this repository run on this machine.',
  container: 'Agents, set-up and evidence of later loops of this repository run in containers alone.',
};

/** `cfn init`: writes `.cfn/config.json`, which belongs to the repository. An existing one is left alone. */
export async function runInit(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopCommand('init', 'Write a .cfn/config.json to start from.')
    .option('--set-up <how>', SET_UP_HELP)
    .option('--code <where>', CODE_HELP)
    .option(
      '--scripts',
      'write scripts instead, at the places where older instructions for agents call them',
    );
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const flags = command.opts<{ repo?: string; setUp?: string; code?: string; scripts?: boolean }>();
  const setUp = parseSetUp(flags.setUp);
  if (!setUp.ok) return refuse(io, setUp.error);
  const codePlace = parseCodePlace(flags.code);
  if (!codePlace.ok) return refuse(io, codePlace.error);
  const folder = await repositoryFolder(io, flags.repo);
  if (!folder.ok) return refuse(io, folder.error);
  const chooses = setUp.value !== null || codePlace.value !== null;
  if (chooses && flags.scripts) {
    return refuse(io, 'cfn init takes --scripts, or --set-up and --code, not all at once.');
  }
  if (flags.scripts) return writeScripts(io, repositoryRoot(folder.value));
  if (chooses) {
    return remember(context, folder.value, { setUp: setUp.value, codePlace: codePlace.value });
  }
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

/** Choices lie beside the repository, so its files stay as they are. */
function remember(context: CliContext, folder: string, { setUp, codePlace }: Chosen): Promise<Exit> {
  const { io } = context;
  return withRepository(context, folder, async (service) => {
    if (setUp !== null) {
      const remembered = await service.rememberSetUp(setUp);
      if (!remembered.ok) return failed(io, remembered.error);
      io.stdout.write(`${SET_UP_TEXTS[setUp]}\n`);
    }
    if (codePlace !== null) {
      const remembered = await service.rememberCodePlace(codePlace);
      if (!remembered.ok) return failed(io, remembered.error);
      io.stdout.write(`${CODE_TEXTS[codePlace]}\n`);
    }
    return EXIT.proceed;
  });
}

import { KNOWN_PRESETS, PREFERRED_PRESETS } from '../../app/presets.ts';
import { checkId } from '../../base/ids.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { keys } from '../../protocol/keys.ts';
import { collect, parseArguments } from '../arguments.ts';
import { repositoryFolder } from '../config-files.ts';
import { foundClis, withRepository, type CliContext } from '../context.ts';
import { EXIT, printable, refuse, type Exit } from '../io.ts';
import { runRun } from './run.ts';
import { agentIdOf, done, FAILED, storeCommand, withStore, type StoreOptions } from './store-verb.ts';

interface SpawnOptions extends StoreOptions {
  readonly mode?: string;
  readonly provider?: string;
  readonly prompt?: string;
  readonly evidence?: readonly string[];
}

interface Spawn {
  readonly agentId: string;
  readonly taskId: string;
  readonly mode: 'cli' | 'task';
  /** `null`: the first agent CLI that is found. */
  readonly provider: string | null;
  readonly options: SpawnOptions;
}

/** What agents store for the next one. */
const CONTEXT_NAME = 'deliverables';

/**
 * `cfn spawn`: one agent on a task. Agents only run within a loop, so this is a loop whose crew is that agent and
 * those who check it; an agent of a loop in progress is started by its loop.
 */
export async function runSpawn(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = storeCommand('spawn', 'Run one agent on a task, checked by a small loop around it.')
    .argument('[agentId]', 'the same as --agent-id')
    .argument('[taskId]', 'the same as --task-id')
    .argument('[mode]', 'the same as --mode')
    .argument('[provider]', 'the same as --provider')
    .option('--mode <mode>', 'cli (default), or task: only print what to ask an agent for')
    .option('--provider <preset>', `one of ${KNOWN_PRESETS.join(', ')} (default: the first found)`)
    .option('--prompt <text>', `the task in words (default: the stored context "${CONTEXT_NAME}")`)
    .option('--evidence <command>', 'as for cfn run', collect);
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const spawn = readSpawn(context, command.args, command.opts<SpawnOptions>());
  if (typeof spawn === 'number') return spawn;
  const folder = await repositoryFolder(io, spawn.options.repo);
  if (!folder.ok) return refuse(io, folder.error);
  const before = spawn.mode === 'cli' ? await endWhenInProgress(context, folder.value, spawn.taskId) : null;
  if (before !== null) return before;
  const prompt = await promptOf(context, spawn);
  if (typeof prompt === 'number') return prompt;
  if (spawn.mode === 'task') {
    io.stdout.write(`Task(${JSON.stringify(spawn.agentId)}, ${JSON.stringify(printable(prompt))})\n`);
    return EXIT.proceed;
  }
  const provider = await providerOf(context, spawn);
  if (!provider.ok) return refuse(io, `[ERROR] ${provider.error}`);
  return runRun(runArguments(spawn, { prompt, provider: provider.value, folder: folder.value }), context);
}

/** A flag and its positional are two spellings of one thing. */
function readSpawn(context: CliContext, words: readonly string[], options: SpawnOptions): Spawn | number {
  const { io } = context;
  const given = (index: number, flag: string | undefined): string | undefined => flag ?? words[index];
  const twice = [options.agentId, options.taskId, options.mode, options.provider].some(
    (flag, index) => flag !== undefined && words[index] !== undefined && flag !== words[index],
  );
  if (twice) return refuse(io, '[ERROR] An id, mode or provider is given twice; give it once.');
  const agentId = agentIdOf(io, { ...options, agentId: given(0, options.agentId) ?? '' });
  if (typeof agentId === 'number') return agentId;
  const taskId = given(1, options.taskId) ?? '';
  for (const [name, value] of [
    ['Agent', agentId ?? ''],
    ['Task', taskId],
  ] as const) {
    if (value !== '') continue;
    io.stderr.write(`[ERROR] ${name} ID required\n`);
    return FAILED;
  }
  const checked = checkId('--task-id', taskId);
  if (!checked.ok) return refuse(io, `[ERROR] ${checked.error}`);
  const mode = given(2, options.mode) ?? 'cli';
  if (mode !== 'cli' && mode !== 'task') {
    return refuse(io, `[ERROR] --mode is ${JSON.stringify(mode.slice(0, 40))}; it takes cli or task.`);
  }
  return { agentId: agentId ?? '', taskId, mode, provider: given(3, options.provider) ?? null, options };
}

/** Null: there is no such loop in progress. */
async function endWhenInProgress(context: CliContext, folder: string, taskId: string): Promise<Exit | null> {
  const found: { inProgress: boolean } = { inProgress: false };
  const exit = await withRepository(context, folder, async (service) => {
    const view = await service.view(taskId);
    found.inProgress = view.ok && view.value.outcome === null;
    return EXIT.proceed;
  });
  if (found.inProgress) context.io.stdout.write('[INFO] Task already in progress\n');
  return found.inProgress || exit !== EXIT.proceed ? exit : null;
}

/** A number is the exit code to end with. */
async function promptOf(context: CliContext, { taskId, options }: Spawn): Promise<string | number> {
  if (options.prompt !== undefined && options.prompt.trim() !== '') return options.prompt;
  const stored: { text: string | null } = { text: null };
  const key = keys.context(taskId, CONTEXT_NAME);
  const code = await withStore(context, options, async (client) => {
    const found = await client.command(['GET', key.name]);
    if (!found.ok) return found;
    stored.text = typeof found.value === 'string' ? found.value : null;
    return done;
  });
  if (code !== EXIT.proceed) return code;
  return stored.text === null
    ? refuse(context.io, `[ERROR] --prompt is missing, and ${key.name} is not stored; give one of them.`)
    : `Deliver: ${stored.text}`;
}

async function providerOf(context: CliContext, { provider }: Spawn): Promise<Result<string, string>> {
  const known = KNOWN_PRESETS;
  if (provider !== null && provider !== '') {
    return known.includes(provider)
      ? ok(provider)
      : err(`--provider is ${JSON.stringify(provider.slice(0, 40))}; it takes ${known.join(', ')}.`);
  }
  const core = await context.loadCore();
  try {
    const found = await foundClis(core);
    const first = PREFERRED_PRESETS.find((id) => found.some((cli) => cli.id === id));
    return first === undefined ? err('No agent CLI was found; name one by --provider, or demo.') : ok(first);
  } finally {
    await core.dispose();
  }
}

interface RunOf {
  readonly prompt: string;
  readonly provider: string;
  readonly folder: string;
}

function runArguments({ agentId, taskId, options }: Spawn, { prompt, provider, folder }: RunOf): string[] {
  const crew = ['--implementer', `${agentId}=${provider}`, '--validator', provider, '--validator', provider];
  const evidence = (options.evidence ?? []).map((line) => `--evidence=${line}`);
  const words = [`--task=${prompt}`, '--task-id', taskId, '--repo', folder, '--mode', 'mvp'];
  return [...words, ...crew, '--product-owner', provider, ...evidence];
}

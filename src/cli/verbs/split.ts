import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PREFERRED_PRESETS } from '../../app/presets.ts';
import { containersBesideLoops } from '../../app/container-plan.ts';
import type { SettingsLayer } from '../../app/resolve-start.ts';
import { agentsOf, PLANNED_FIELDS, planText } from '../../app/split/plan-text.ts';
import { PARTS_TAKE, readPartCount } from '../../app/split/part-count.ts';
import { readPlanner } from '../../app/split/planner.ts';
import type { SplitProposal, SplitRequest } from '../../app/split/propose-split.ts';
import { presetOf } from '../../domain/loop/model.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import { epicWithout, parseEpic, type Epic } from '../../protocol/epic-file.ts';
import { loopCommand, parseArguments } from '../arguments.ts';
import { readSettingsFiles, repositoryFolder } from '../config-files.ts';
import { failed, foundClis, type CliContext } from '../context.ts';
import { watchInterruptions } from '../interruptions.ts';
import { EXIT, printable, refuse, type Exit } from '../io.ts';
import { readText } from '../read-text.ts';

interface SplitFlags {
  readonly repo?: string;
  readonly task?: string;
  readonly agents?: string;
  readonly agent?: string;
  readonly json?: boolean;
  readonly write?: string;
}

/** What is taken apart: an epic, or a task in words. */
interface Source extends Pick<Epic, 'description' | 'requirements' | 'acceptance'> {
  readonly kept: readonly string[];
  readonly body: string;
  readonly agents: readonly string[];
}

const EPIC_FILE = '.cfn.md';

/** `cfn split`: one agent takes a task apart; what it proposes is an epic to read, edit and run. */
export async function runSplit(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopCommand(
    'split',
    'Let an agent take a task apart for several implementers; start nothing.',
  )
    .argument('[task]', 'an epic file, *.cfn.md, or the task in words')
    .option('--task <text>', 'the task in words')
    .option('--agents <n>', `exactly so many parts, ${PARTS_TAKE} (default: as many as it finds)`)
    .option('--agent <spec>', 'who plans: PRESET or exec:COMMAND LINE (default: the default preset)')
    .option('--write <file>', 'write the epic to a new file, *.cfn.md, instead of showing it')
    .option('--json', 'one JSON object');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const flags = command.opts<SplitFlags>();
  const count = readPartCount('--agents', flags.agents);
  if (!count.ok) return refuse(io, count.error);
  if (flags.write !== undefined && !flags.write.endsWith(EPIC_FILE)) {
    return refuse(io, `--write is ${shown(flags.write)}; it takes a file that ends in ${EPIC_FILE}.`);
  }
  const source = await readSource(context, command.args[0], flags.task);
  if (!source.ok) return refuse(io, source.error);
  const folder = await repositoryFolder(io, flags.repo);
  if (!folder.ok) return refuse(io, folder.error);
  const settings = await readSettingsFiles(io, folder.value);
  if (!settings.ok) return refuse(io, settings.error);
  return plan(context, {
    flags,
    source: source.value,
    folder: folder.value,
    layers: settings.value,
    count: count.value,
  });
}

async function readSource(
  { io }: CliContext,
  given: string | undefined,
  task: string | undefined,
): Promise<Result<Source, string>> {
  if (given !== undefined && task !== undefined) {
    return err('The task is given twice; give an epic, the task in words or --task.');
  }
  const words = task ?? given ?? '';
  if (words.trim() === '') return err('The task is missing; give an epic file or the task in words.');
  if (task !== undefined || !words.endsWith(EPIC_FILE)) {
    return ok({ description: words, requirements: [], acceptance: [], kept: [], body: words, agents: [] });
  }
  const text = await readText(shown(words), resolve(io.cwd, words));
  if (!text.ok) return text;
  const epic = parseEpic(text.value);
  if (!epic.ok) return err(`${words} line ${epic.error.line}: ${epic.error.message}`);
  const { description, requirements, acceptance, settings } = epic.value;
  const agents = settings.agents ?? [];
  return ok({ description, requirements, acceptance, ...epicWithout(text.value, PLANNED_FIELDS), agents });
}

interface Planning {
  readonly flags: SplitFlags;
  readonly source: Source;
  readonly folder: string;
  readonly layers: readonly SettingsLayer[];
  readonly count: number | null;
}

async function plan(context: CliContext, planning: Planning): Promise<Exit> {
  const { io } = context;
  const { flags, source, folder, layers, count } = planning;
  const core = await context.loadCore();
  const interruptions = watchInterruptions(context);
  try {
    const found = await foundClis(core);
    const first = PREFERRED_PRESETS.find((id) => found.some((agent) => agent.id === id));
    const preset = said(layers, 'preset') ?? first ?? null;
    const planner = readPlanner('--agent', flags.agent ?? null, preset);
    if (!planner.ok) return refuse(io, planner.error);
    const service = await core.openRepository(folder);
    if (!service.ok) return failed(io, service.error);
    const { program, implementer } = planner.value;
    io.stderr.write(`${printable(presetOf(program))} takes the task apart …\n`);
    const request: SplitRequest = {
      ...source,
      program,
      permission: said(layers, 'permission') ?? 'edits',
      containers: containersBesideLoops(layers),
      count,
      onWait: (why) => why !== null && io.stderr.write(`… ${printable(why)}\n`),
      signal: interruptions.signal,
    };
    const proposed = await service.value.proposeSplit?.(request);
    if (interruptions.signal.aborted) return EXIT.cancelled;
    if (!proposed?.ok) return proposed ? failed(io, proposed.error) : EXIT.internal;
    const { parts, marks } = proposed.value;
    const agents = agentsOf(parts.length, source.agents, implementer);
    return await deliver(context, flags, proposed.value, planText({ ...source, parts, marks, agents }));
  } finally {
    interruptions.dispose();
    await core.dispose();
  }
}

function said<K extends 'preset' | 'permission'>(
  layers: readonly SettingsLayer[],
  name: K,
): NonNullable<SettingsLayer['settings'][K]> | null {
  return layers.map(({ settings }) => settings[name]).find((value) => value != null) ?? null;
}

async function deliver(
  { io }: CliContext,
  { json, write }: SplitFlags,
  { parts, marks, costUsd }: SplitProposal,
  epic: string,
): Promise<Exit> {
  if (write !== undefined) {
    try {
      await writeFile(resolve(io.cwd, write), epic, { flag: 'wx' });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return refuse(io, `--write: the epic can not be written to a new file ${shown(write)}: ${reason}.`);
    }
  }
  if (json) {
    const marked = marks.map(({ part, text }) => ({ part: part + 1, text }));
    io.stdout.write(`${JSON.stringify({ parts, marks: marked, costUsd, epic, file: write ?? null })}\n`);
    return EXIT.proceed;
  }
  if (write === undefined) io.stdout.write(epic.split('\n').map(printable).join('\n'));
  for (const { part, text } of marks) io.stderr.write(`! Part ${part + 1}: ${printable(text)}.\n`);
  if (write !== undefined) io.stdout.write(`Read it, then: cfn run ${printable(write)}\n`);
  return EXIT.proceed;
}

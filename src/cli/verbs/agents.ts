import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { trialFigures } from '../../app/agents/trial.ts';
import { NONE_FOUND } from '../../app/presets.ts';
import type { AgentVerification, DetectedAgent } from '../../ports/agent-provider.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import type { ListedProfile, ProfileFolders } from '../../ports/agent-profiles.ts';
import { parseArguments } from '../arguments.ts';
import { isFound, type CliContext } from '../context.ts';
import { watchInterruptions } from '../interruptions.ts';
import { EXIT, printable, refuse, type CliIo, type Exit } from '../io.ts';
import { table } from '../loop-table.ts';
import { showCalibration } from './agents-calibration.ts';
import { showRoutes } from './agents-routes.ts';

/**
 * `cfn agents`: the agent CLIs of this machine and agent profiles. `--json`: one object `{ clis, profiles }`.
 * `--calibration` tells of the loops of a repository instead.
 */
export async function runAgents(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = new Command('cfn agents')
    .description('Show the agent CLIs of this machine, and agent profiles.')
    .option('--profiles <dir>', 'only the profiles of this folder')
    .option('--verify [name]', 'compare what is installed with what the presets were verified with')
    .option('--try <preset>', 'let a preset do one small task in a repository of its own')
    .option('--routes', 'the providers that agents may be sent to, and whether their keys are there')
    .option('--probe', 'with --routes: ask the providers whether they have these models')
    .option('--calibration', 'what agents claimed in the loops of the repository, and what held')
    .option('--repo <dir>', 'the repository of --calibration (default: the current folder)')
    .option('--json', 'one JSON object');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const flags = command.opts<AgentsFlags>();
  if (flags.calibration) return showCalibration(context, flags);
  if (flags.probe && !flags.routes) return refuse(io, '--probe asks providers; it takes --routes beside it.');
  if (flags.routes) return showRoutes(context, flags);
  if (flags.verify !== undefined && flags.verify !== false) return verifyClis(context, flags);
  if (flags.try !== undefined) return tryCli(context, flags.try, flags);
  const folders = await profileFolders(io, flags.profiles);
  if (!folders.ok) return refuse(io, folders.error);
  const core = await context.loadCore();
  try {
    const profiles = await core.profiles(folders.value);
    const agents = await core.agents();
    const clis = agents.filter(isFound);
    if (flags.json) io.stdout.write(`${JSON.stringify({ clis, profiles: profiles.map(publicProfile) })}\n`);
    else {
      show(io, clis, profiles);
      for (const { id, missing } of agents) if (missing) io.stdout.write(`${id}: ${missing}\n`);
    }
    return EXIT.proceed;
  } finally {
    await core.dispose();
  }
}

interface AgentsFlags extends VerifyFlags {
  readonly try?: string;
  readonly profiles?: string;
  readonly calibration?: boolean;
  readonly routes?: boolean;
  readonly probe?: boolean;
  readonly repo?: string;
}

interface VerifyFlags {
  readonly json?: boolean;
  readonly verify?: boolean | string;
}

/** Ends with 1 where a loop would start a CLI wrongly, or the one that was named is not there. */
async function verifyClis(context: CliContext, { verify, json }: VerifyFlags): Promise<Exit> {
  const { io } = context;
  const named = typeof verify === 'string' ? verify : undefined;
  const core = await context.loadCore();
  try {
    const verified = await core.verifyAgents(named);
    if (!verified.ok) return refuse(io, verified.error);
    const found = verified.value;
    if (json) io.stdout.write(`${JSON.stringify({ clis: found })}\n`);
    else for (const each of found) io.stdout.write(`${MARKS[each.status]} ${printable(each.message)}\n`);
    const wrong = found.some(
      ({ status }) => status === 'missing-flags' || (named !== undefined && status === 'absent'),
    );
    return wrong ? EXIT.abort : EXIT.proceed;
  } finally {
    await core.dispose();
  }
}

/** Ends with 0 where the preset did the task, with 1 where it did not. */
async function tryCli(context: CliContext, preset: string, { json }: VerifyFlags): Promise<Exit> {
  const { io } = context;
  const core = await context.loadCore();
  const interruptions = watchInterruptions(context);
  try {
    if (!json) io.stderr.write(`Trying ${printable(preset)} on a small task …\n`);
    const tried = await core.tryAgent(preset, interruptions.signal);
    if (!tried.ok) return refuse(io, tried.error);
    const trial = tried.value;
    if (json) io.stdout.write(`${JSON.stringify(trial)}\n`);
    else
      io.stdout.write(
        `${trial.passed ? 'ok  ' : 'FAIL'} ${printable(`${trial.message} ${trialFigures(trial)}`)}\n`,
      );
    return trial.passed ? EXIT.proceed : EXIT.abort;
  } finally {
    interruptions.dispose();
    await core.dispose();
  }
}

const MARKS: Readonly<Record<AgentVerification['status'], string>> = {
  verified: 'ok  ',
  'other-version': 'warn',
  silent: 'warn',
  'missing-flags': 'FAIL',
  absent: '-   ',
};

async function profileFolders(
  io: CliIo,
  folder: string | undefined,
): Promise<Result<ProfileFolders, string>> {
  const repository = io.cwd;
  if (folder === undefined) return ok({ repository });
  const only = resolve(io.cwd, folder);
  const isFolder = await stat(only).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return err(`--profiles is ${shown(only)}; it takes a folder that exists.`);
  return ok({ repository, only });
}

const warningsOf = ({ shownPath, warnings }: ListedProfile): readonly string[] =>
  warnings.map(({ line, message }) => `${shownPath}:${line}: ${message}`);

/** The text itself stays where it is. */
function publicProfile(profile: ListedProfile) {
  const { id, name, description, provider, model, path, origin, hiddenBy } = profile;
  return { id, name, description, provider, model, path, origin, hiddenBy, warnings: warningsOf(profile) };
}

function show(io: CliIo, clis: readonly DetectedAgent[], profiles: readonly ListedProfile[]): void {
  const width = io.stdout.columns ?? 160;
  const rows = clis.map((cli) => [
    cli.id,
    printable(cli.version ?? 'version unknown'),
    Object.entries(cli.capabilities)
      .map(([name, has]) => (has ? name : `no ${name}`))
      .join(', '),
    cli.path ?? '',
  ]);
  for (const line of table(rows, width)) io.stdout.write(`${line}\n`);
  if (clis.length === 0) io.stdout.write(`${NONE_FOUND}.\n`);
  io.stdout.write('The scripted preset demo is always there; it needs no model and no network.\n');
  for (const profile of profiles) {
    const { id, name, origin, shownPath } = profile;
    io.stdout.write(`profile @${printable(id)}: ${printable(name)} (${origin}, ${printable(shownPath)})\n`);
    for (const warning of warningsOf(profile)) io.stdout.write(`  ! ${printable(warning)}\n`);
  }
}

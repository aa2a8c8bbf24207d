import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { NONE_FOUND } from '../../app/resolve-start.ts';
import type { AgentVerification, DetectedAgent } from '../../ports/agent-provider.ts';
import { ok, type Result } from '../../base/result.ts';
import { parseArguments } from '../arguments.ts';
import { repositoryRoot } from '../config-files.ts';
import { foundClis, type CliContext } from '../context.ts';
import { EXIT, printable, refuse, type CliIo, type Exit } from '../io.ts';
import { table } from '../loop-table.ts';
import { readProfiles, type ListedProfile } from '../profiles.ts';

/** `cfn agents`: the agent CLIs of this machine and agent profiles. `--json`: one object `{ clis, profiles }`. */
export async function runAgents(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = new Command('cfn agents')
    .description('Show the agent CLIs of this machine, and agent profiles.')
    .option('--profiles <dir>', 'a folder with profiles (default: .cfn/agents of the repository)')
    .option('--verify [name]', 'compare what is installed with what the presets were verified with')
    .option('--json', 'one JSON object');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const flags = command.opts<{ json?: boolean; profiles?: string; verify?: boolean | string }>();
  if (flags.verify !== undefined && flags.verify !== false) return verifyClis(context, flags);
  const profiles = await findProfiles(io, flags.profiles);
  if (!profiles.ok) return refuse(io, profiles.error);
  const core = await context.loadCore();
  try {
    const clis = await foundClis(core);
    if (flags.json) io.stdout.write(`${JSON.stringify({ clis, profiles: profiles.value })}\n`);
    else show(io, clis, profiles.value);
    return EXIT.proceed;
  } finally {
    await core.dispose();
  }
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

const MARKS: Readonly<Record<AgentVerification['status'], string>> = {
  verified: 'ok  ',
  'other-version': 'warn',
  silent: 'warn',
  'missing-flags': 'FAIL',
  absent: '-   ',
};

async function findProfiles(
  io: CliIo,
  folder: string | undefined,
): Promise<Result<readonly ListedProfile[], string>> {
  if (folder !== undefined) return readProfiles(resolve(io.cwd, folder));
  const own = join(repositoryRoot(io.cwd), '.cfn', 'agents');
  return existsSync(own) ? readProfiles(own) : ok([]);
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
    io.stdout.write(`profile ${printable(profile.id)}: ${printable(profile.name)} (${profile.path})\n`);
    for (const warning of profile.warnings) io.stdout.write(`  ! ${printable(warning)}\n`);
  }
}

import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { Command } from 'commander';
import type { Core } from '../../app/core.ts';
import { NONE_FOUND } from '../../app/resolve-start.ts';
import { parseArguments } from '../arguments.ts';
import { foundClis, type CliContext } from '../context.ts';
import type { CliIo, Exit } from '../io.ts';
import { table } from '../loop-table.ts';

interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'error';
  readonly message: string;
}

/** `git merge-tree --write-tree` came with it. */
const LEAST_GIT = [2, 38] as const;
const LEAST_NODE = 22;
/** Higher codes mean something to shells. */
const MOST_ERRORS = 64;

/** `cfn doctor`: what this machine lacks. Ends with the number of errors, as the health check of the seeds does. */
export async function runDoctor(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = new Command('cfn doctor')
    .description('Check what this machine has; ends with the number of errors.')
    .option('--json', 'one JSON object');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const findings = [
    checkNode(),
    await checkGit(),
    await checkStateFolder(io),
    ...(await checkPrograms(context)),
    ...(await checkAgents(context)),
  ];
  const errors = findings.filter((finding) => finding.status === 'error').length;
  if (command.opts<{ json?: boolean }>().json) {
    io.stdout.write(`${JSON.stringify({ errors, findings })}\n`);
  } else {
    const rows = findings.map((finding) => [finding.status.toUpperCase(), finding.check, finding.message]);
    for (const line of table(rows, 400)) io.stdout.write(`${line}\n`);
  }
  return Math.min(errors, MOST_ERRORS);
}

function checkNode(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= LEAST_NODE
    ? { check: 'Node', status: 'ok', message: process.versions.node }
    : {
        check: 'Node',
        status: 'error',
        message: `${process.versions.node} is too old; install ${LEAST_NODE} or newer.`,
      };
}

async function checkGit(): Promise<Finding> {
  let version: string;
  try {
    version = (await promisify(execFile)('git', ['--version'], { timeout: 10_000 })).stdout.trim();
  } catch {
    return { check: 'git', status: 'error', message: 'git was not found; install it and put it on PATH.' };
  }
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version)?.slice(1) ?? []).map(Number);
  const fits = major > LEAST_GIT[0] || (major === LEAST_GIT[0] && minor >= LEAST_GIT[1]);
  return fits
    ? { check: 'git', status: 'ok', message: version }
    : {
        check: 'git',
        status: 'error',
        message: `${version} is too old; install ${LEAST_GIT.join('.')} or newer.`,
      };
}

/** The folder itself is made with the first loop; here its nearest existing parent has to be writable. */
async function checkStateFolder(io: CliIo): Promise<Finding> {
  const home = io.env['HOME'] ?? homedir();
  const set = (name: string) => {
    const value = io.env[name];
    return value !== undefined && isAbsolute(value) ? value : undefined;
  };
  const place: Partial<Record<NodeJS.Platform, string>> = {
    win32: set('LOCALAPPDATA') ?? join(home, 'AppData', 'Local'),
    darwin: join(home, 'Library', 'Application Support'),
  };
  const base = place[io.platform] ?? set('XDG_STATE_HOME') ?? join(home, '.local', 'state');
  const folder = set('CFN_STATE_HOME') ?? join(base, 'cfn');
  for (let at = folder; ; at = dirname(at)) {
    try {
      await access(at, constants.W_OK | constants.X_OK);
      return { check: 'state folder', status: 'ok', message: folder };
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (missing && dirname(at) !== at) continue;
      const message = `${at} is not writable; set CFN_STATE_HOME to a folder of your own.`;
      return { check: 'state folder', status: 'error', message };
    }
  }
}

async function checkPrograms(context: CliContext): Promise<readonly Finding[]> {
  const programs = { core: 'core.js', runner: 'runner.js', 'coordination store': 'store.js' };
  return Promise.all(
    Object.entries(programs).map(async ([check, file]): Promise<Finding> => {
      const path = join(context.programs, file);
      const found = await access(path, constants.R_OK).then(
        () => true,
        () => false,
      );
      return found
        ? { check, status: 'ok', message: `${path}, started on first use` }
        : { check, status: 'error', message: `${path} is missing; install or build again.` };
    }),
  );
}

async function checkAgents(context: CliContext): Promise<readonly Finding[]> {
  try {
    const core = await context.loadCore();
    try {
      const found = await foundClis(core);
      if (found.length === 0) {
        const message = `${NONE_FOUND}; the scripted preset demo works without.`;
        return [{ check: 'agents', status: 'warning', message }];
      }
      const names = found.map((agent) => `${agent.id} ${agent.version ?? ''}`.trim()).join(', ');
      return [{ check: 'agents', status: 'ok', message: names }, ...(await strangers(core))];
    } finally {
      await core.dispose();
    }
  } catch (error) {
    return [{ check: 'agents', status: 'error', message: `The core could not be loaded: ${String(error)}` }];
  }
}

/** Installed CLIs that are not what their presets were verified with. */
async function strangers(core: Core): Promise<readonly Finding[]> {
  const verified = await core.verifyAgents();
  if (!verified.ok) return [];
  return verified.value
    .filter(({ status }) => status !== 'verified' && status !== 'absent')
    .map(({ id, status, message }) => ({
      check: id,
      status: status === 'missing-flags' ? 'error' : 'warning',
      message,
    }));
}

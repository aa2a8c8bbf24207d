import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { CommandRunner } from '../../ports/command-runner.ts';
import type { PrepareError } from '../../ports/evidence-runner.ts';
import { packageManagerOf, readManifest } from './package-scripts.ts';

export interface SetUpRequest {
  /** Top level of the checkout. */
  readonly root: string;
  /** Folder below the root whose lockfile counts, '' for the root itself. */
  readonly prefix: string;
  /** False: lockfiles count for nothing; a set-up script runs all the same. */
  readonly install: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly onLog: (text: string) => void;
}
interface Step {
  readonly command: string;
  readonly cwd: string;
}

/** Runs the repository's own `.cfn/setup`, else what its lockfiles ask for. Without either there is nothing to do. */
export async function setUp(
  runner: CommandRunner,
  request: SetUpRequest,
  signal: AbortSignal,
): Promise<Result<void, PrepareError>> {
  const script = await setupScript(request.root);
  if (script === null && FOR_OTHERS.some((name) => existsSync(join(request.root, '.cfn', name)))) {
    request.onLog(
      'The set-up script in .cfn is for another platform; Windows takes setup.ps1 or setup.cmd, others setup.sh.\n',
    );
  }
  const installs = script === null && request.install ? await lockfileSteps(request) : [];
  const steps = script === null ? installs : [{ command: script, cwd: request.root }];
  for (const step of steps) {
    request.onLog(`$ ${step.command}\n`);
    const outcome = await runner.run(
      {
        ...step,
        writes: [request.root],
        env: request.env,
        timeoutMs: request.timeoutMs,
        onOutput: (text) => request.onLog(text),
      },
      signal,
    );
    if (outcome.status === 'ended' && outcome.exitCode === 0) continue;
    const how = {
      ended: `ended with ${outcome.exitCode === null ? `signal ${outcome.signal ?? 'unknown'}` : `exit code ${outcome.exitCode}`}`,
      timeout: `did not end within ${Math.round(request.timeoutMs / 1_000)} seconds`,
      aborted: 'was cancelled',
      'not-started': 'could not be started',
    }[outcome.status];
    return err({
      kind: 'prepare-failed',
      message: `Setting up the checkout failed: \`${step.command}\` ${how}.`,
      log: outcome.tail,
    });
  }
  return ok(undefined);
}

/** The commands that lockfiles ask for, each once; none where a set-up script stands in for them. */
export async function installCommands(root: string, prefix: string): Promise<readonly string[]> {
  if ((await setupScript(root)) !== null) return [];
  const steps = await lockfileSteps({ root, prefix });
  return [...new Set(steps.map((step) => step.command))];
}

const FOR_OTHERS = ['setup.ps1', 'setup.cmd', 'setup.sh', 'setup'];

/**
 * Whether what a set-up makes works in another folder too. What Node's package managers install does; virtual
 * environments and scripts of anybody's own may hold absolute paths.
 */
export async function isMovable(root: string, prefix: string): Promise<boolean> {
  const steps = (await setupScript(root)) === null ? await lockfileSteps({ root, prefix }) : null;
  return steps?.every((step) => /^(npm|pnpm|yarn) /.test(step.command)) ?? false;
}

/** The set-up script for this platform as a command line, or null when the repository has none. */
export async function setupScript(
  root: string,
  platform: NodeJS.Platform = process.platform,
): Promise<string | null> {
  const has = (name: string) => existsSync(join(root, '.cfn', name));
  if (platform === 'win32') {
    if (has('setup.ps1')) return 'powershell -NoProfile -ExecutionPolicy Bypass -File .cfn\\setup.ps1';
    return has('setup.cmd') ? '.cfn\\setup.cmd' : null;
  }
  for (const name of ['setup.sh', 'setup']) {
    if (!has(name)) continue;
    const path = join(root, '.cfn', name);
    if (((await stat(path)).mode & 0o111) !== 0) return `./.cfn/${name}`;
    // Not executable, so its first line says only which shell it was written for.
    const firstLine = (await readFile(path, 'utf8')).split('\n', 1)[0] ?? '';
    return `${/^#!.*\bbash\b/.test(firstLine) ? 'bash' : 'sh'} .cfn/${name}`;
  }
  return null;
}

const OTHER_LOCKFILES: readonly (readonly [string, string])[] = [
  ['uv.lock', 'uv sync --frozen'],
  ['poetry.lock', 'poetry install --no-interaction'],
  ['Pipfile.lock', 'pipenv sync --dev'],
  ['Cargo.lock', 'cargo fetch'],
  ['go.sum', 'go mod download'],
];

async function lockfileSteps(request: Pick<SetUpRequest, 'root' | 'prefix'>): Promise<readonly Step[]> {
  const folders = request.prefix === '' ? [request.root] : [request.root, join(request.root, request.prefix)];
  const steps: Step[] = [];
  for (const cwd of folders) {
    const node = await nodeInstall(cwd);
    if (node !== null) steps.push({ command: node, cwd });
    for (const [lockfile, command] of OTHER_LOCKFILES) {
      if (existsSync(join(cwd, lockfile))) steps.push({ command, cwd });
    }
  }
  return steps;
}

async function nodeInstall(folder: string): Promise<string | null> {
  const has = (name: string) => existsSync(join(folder, name));
  const manifest = await readManifest(folder);
  if (!manifest) return null;
  const manager = packageManagerOf(folder, manifest);
  if (manager === 'pnpm') return has('pnpm-lock.yaml') ? 'pnpm install --frozen-lockfile' : null;
  if (manager === 'yarn') {
    if (!has('yarn.lock')) return null;
    const modern = has('.yarnrc.yml') || /^yarn@(?!1\.|0\.)/.test(manifest.packageManager ?? '');
    return modern ? 'yarn install --immutable' : 'yarn install --frozen-lockfile';
  }
  return has('package-lock.json') || has('npm-shrinkwrap.json') ? 'npm ci --no-audit --no-fund' : null;
}

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { optionalEvidence, type EvidenceKind } from '../../domain/evidence-command.ts';
import type { DiscoveredCommand } from '../../ports/evidence-runner.ts';
import { scriptTestCommand } from './command-plan.ts';
import { packageManagerOf, readManifest, type PackageManifest } from './package-scripts.ts';
import { onlyPrints } from './shell-line.ts';

/**
 * What a repository's own files say its tests are, one command for each toolchain found in the folder, and beside them
 * its type check, lint and build. Those alone are no evidence that anything works, so without tests they are not found.
 */
export async function discoverCommands(folder: string): Promise<readonly DiscoveredCommand[]> {
  const tests = await testCommands(folder);
  return tests.length > 0 ? [...tests, ...(await nodeChecks(folder)), ...(await pythonChecks(folder))] : [];
}

async function testCommands(folder: string): Promise<readonly DiscoveredCommand[]> {
  const found = [
    await nodeCommand(folder),
    await pythonCommand(folder),
    existsSync(join(folder, 'Cargo.toml')) ? { command: 'cargo test', source: 'Cargo.toml' } : null,
    existsSync(join(folder, 'go.mod')) ? { command: 'go test ./...', source: 'go.mod' } : null,
  ].filter((one) => one !== null);
  if (found.length > 0) return found;
  const make = await makeCommand(folder);
  return make ? [make] : [];
}

/** Names of package scripts by what they check, the usual one first. */
const CHECK_SCRIPTS: readonly (readonly [EvidenceKind, readonly string[]])[] = [
  ['typecheck', ['typecheck', 'type-check', 'check-types', 'tsc']],
  ['lint', ['lint']],
  ['build', ['build']],
];
/** Does not end by itself, or puts something into the world. */
const NO_CHECK = /(?:^|\s)(?:-w|--watch|--serve|serve|dev|deploy|publish|release|start)(?:\s|$)/;

async function nodeChecks(folder: string): Promise<readonly DiscoveredCommand[]> {
  const manifest = await readManifest(folder);
  if (!manifest) return [];
  const scripts = CHECK_SCRIPTS.flatMap(([kind, names]) => {
    const name = names.find((candidate) => {
      const script = manifest.scripts[candidate];
      return script !== undefined && !onlyPrints(script) && !NO_CHECK.test(script);
    });
    if (name === undefined) return [];
    const command = optionalEvidence(kind, `${packageManagerOf(folder, manifest)} run ${name}`);
    return [{ command, source: `package.json scripts.${name}` }];
  });
  const typed = Object.values(manifest.scripts).some((script) => /(?:^|\s|-)tsc(?:\s|$)/.test(script));
  if (typed || !existsSync(join(folder, 'tsconfig.json')) || !dependsOn(manifest, 'typescript'))
    return scripts;
  return [
    { command: optionalEvidence('typecheck', 'npx tsc --noEmit'), source: 'tsconfig.json' },
    ...scripts,
  ];
}

async function pythonChecks(folder: string): Promise<readonly DiscoveredCommand[]> {
  const project = await readFile(join(folder, 'pyproject.toml'), 'utf8').catch(() => '');
  const starter = existsSync(join(folder, 'uv.lock'))
    ? 'uv run '
    : existsSync(join(folder, 'poetry.lock'))
      ? 'poetry run '
      : '';
  const configured = (table: string, files: readonly string[]): string | null =>
    project.includes(`[tool.${table}`)
      ? `pyproject.toml [tool.${table}]`
      : (files.find((name) => existsSync(join(folder, name))) ?? null);
  const mypy = configured('mypy', ['mypy.ini', '.mypy.ini']);
  const ruff = configured('ruff', ['ruff.toml', '.ruff.toml']);
  return [
    ...(mypy ? [{ command: optionalEvidence('typecheck', `${starter}mypy .`), source: mypy }] : []),
    ...(ruff ? [{ command: optionalEvidence('lint', `${starter}ruff check .`), source: ruff }] : []),
  ];
}

const dependsOn = ({ devDependencies, dependencies }: PackageManifest, name: string): boolean =>
  name in devDependencies || name in dependencies;

async function nodeCommand(folder: string): Promise<DiscoveredCommand | null> {
  const manifest = await readManifest(folder);
  if (!manifest) return nodeTestFiles(folder, 'test files');
  const command = await scriptTestCommand(folder);
  if (command !== null) return { command, source: 'package.json scripts.test' };
  // `npm init` writes a placeholder; any other script that only prints is somebody's decision.
  const script = manifest.scripts['test'];
  if (script !== undefined && !script.includes('no test specified')) return null;
  return runnerInDependencies(manifest) ?? nodeTestFiles(folder, 'test files beside package.json');
}

function runnerInDependencies(manifest: PackageManifest): DiscoveredCommand | null {
  const has = (name: string) => dependsOn(manifest, name);
  const source = 'package.json devDependencies';
  if (has('vitest')) return { command: 'npx vitest run', source };
  if (has('jest')) return { command: 'npx jest', source };
  return has('mocha') ? { command: 'npx mocha', source } : null;
}

async function nodeTestFiles(folder: string, source: string): Promise<DiscoveredCommand | null> {
  for (const place of ['test', 'tests', '.']) {
    for (const name of await readdir(join(folder, place)).catch(() => [])) {
      if (!/(?:^test|[.-_]test)\.[cm]?js$/.test(name) && !(place === 'test' && /\.[cm]?js$/.test(name)))
        continue;
      const text = await readFile(join(folder, place, name), 'utf8').catch(() => '');
      if (/['"]node:test['"]/.test(text)) return { command: 'node --test', source: `${source} (${name})` };
    }
  }
  return null;
}

async function pythonCommand(folder: string): Promise<DiscoveredCommand | null> {
  const source = await pythonSource(folder);
  if (source === null) return null;
  if (existsSync(join(folder, 'uv.lock'))) return { command: 'uv run pytest', source };
  if (existsSync(join(folder, 'poetry.lock'))) return { command: 'poetry run pytest', source };
  if (existsSync(join(folder, 'Pipfile.lock'))) return { command: 'pipenv run pytest', source };
  return { command: process.platform === 'win32' ? 'python -m pytest' : 'python3 -m pytest', source };
}

async function pythonSource(folder: string): Promise<string | null> {
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '');
  for (const name of ['pytest.ini', 'conftest.py']) if (existsSync(join(folder, name))) return name;
  if ((await read('pyproject.toml')).includes('[tool.pytest')) return 'pyproject.toml [tool.pytest]';
  if (/^\[pytest\]/m.test(await read('tox.ini'))) return 'tox.ini [pytest]';
  if ((await read('setup.cfg')).includes('[tool:pytest]')) return 'setup.cfg [tool:pytest]';
  for (const place of ['tests', 'test', '.']) {
    const names = await readdir(join(folder, place)).catch(() => []);
    const test = names.find((name) => /^test_.*\.py$|_test\.py$/.test(name));
    if (test) return place === '.' ? test : `${place}/${test}`;
  }
  return null;
}

async function makeCommand(folder: string): Promise<DiscoveredCommand | null> {
  for (const name of ['GNUmakefile', 'makefile', 'Makefile']) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => null);
    if (text === null) continue;
    const target = /^test\s*:(?!=)([^\n]*)\n((?:(?:\t[^\n]*|[ ]*)\n?)*)/m.exec(`${text}\n`);
    if (!target) return null;
    const recipe = (target[2] ?? '').split('\n').map((line) => line.trim().replace(/^[@+-]+/, ''));
    const checks = recipe.some((line) => line !== '' && !line.startsWith('#') && !onlyPrints(line));
    const needsOthers = (target[1] ?? '').replace(/#.*/, '').trim() !== '';
    return checks || needsOthers ? { command: 'make test', source: `${name} test` } : null;
  }
  return null;
}

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiscoveredCommand } from '../../ports/evidence-runner.ts';
import { scriptTestCommand } from './command-plan.ts';
import { readManifest, type PackageManifest } from './package-scripts.ts';
import { onlyPrints } from './shell-line.ts';

/** What a repository's own files say its tests are, one command for each toolchain found in the folder. */
export async function discoverCommands(folder: string): Promise<readonly DiscoveredCommand[]> {
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
  const has = (name: string) => name in manifest.devDependencies || name in manifest.dependencies;
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

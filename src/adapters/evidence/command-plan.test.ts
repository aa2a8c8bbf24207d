import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planCommand } from './command-plan.ts';
import { discoverCommands } from './discover.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-plan-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const scripts = (entries: Record<string, string>, more: object = {}) =>
  writeFile(join(folder, 'package.json'), JSON.stringify({ scripts: entries, ...more }));
const plan = (command: string, env: Record<string, string> = {}) =>
  planCommand({ command, folder, reportFolder: '/reports', env });
const VITEST = '--reporter=default --reporter=json --outputFile=/reports/report.json';
const JEST = '--json --outputFile=/reports/report.json';

describe.skipIf(process.platform === 'win32')('the plan of a command (POSIX quoting)', () => {
  it.each([
    ['npx vitest run', `npx vitest run ${VITEST}`],
    ['./node_modules/.bin/vitest', `./node_modules/.bin/vitest ${VITEST}`],
    ['NODE_ENV=test npx jest --ci', `NODE_ENV=test npx jest --ci ${JEST}`],
    ['c8 --all mocha', 'c8 --all mocha --reporter json --reporter-option output=/reports/report.json'],
    ['tsc && pnpm exec vitest run', `tsc && pnpm exec vitest run ${VITEST}`],
    [
      'node --experimental-vm-modules node_modules/jest/bin/jest.js',
      `node --experimental-vm-modules node_modules/jest/bin/jest.js ${JEST}`,
    ],
  ])('asks %s for a report', async (command, planned) => {
    expect(await plan(command)).toMatchObject({
      kind: 'report-file',
      command: planned,
      path: '/reports/report.json',
    });
  });

  it.each([
    ['npm test', `npm test -- ${VITEST}`],
    ['npm run unit', `npm run unit -- ${VITEST}`],
    ['npm test -- --bail 1', `npm test -- --bail 1 ${VITEST}`],
    ['pnpm test', `pnpm test ${VITEST}`],
    ['yarn unit', `yarn unit ${VITEST}`],
    ['npm run outer', `npm run outer -- -- ${VITEST}`],
    ['pnpm vitest run', `pnpm vitest run ${VITEST}`],
  ])('looks behind the script of %s', async (command, planned) => {
    await scripts({ test: 'tsc && vitest run', unit: 'vitest run', outer: 'npm run unit' });
    expect(await plan(command)).toMatchObject({ kind: 'report-file', command: planned });
  });

  it('reaches node --test and pytest by their environment, wherever they stand', async () => {
    await scripts({ test: 'node --test && tsc' });
    const node = await plan('npm test', { NODE_OPTIONS: '--no-warnings' });
    expect(node).toMatchObject({ kind: 'report-file', format: 'node', command: 'npm test' });
    expect(node).toHaveProperty(
      'env.NODE_OPTIONS',
      expect.stringMatching(/^--no-warnings --test-reporter=file:/),
    );
    expect(await plan('uv run pytest -x')).toMatchObject({
      format: 'junit',
      env: { PYTEST_ADDOPTS: `'--junitxml=/reports/report.xml'` },
    });
    expect(await plan('python3 -m pytest')).toMatchObject({ format: 'junit' });
  });

  it('asks go and cargo for what can be read from their output', async () => {
    expect(await plan('go test ./...')).toEqual({
      kind: 'output',
      format: 'go',
      command: 'go test -json ./...',
    });
    expect(await plan('cargo test -p a')).toEqual({
      kind: 'output',
      format: 'cargo',
      command: 'cargo test --no-fail-fast -p a 2>&1',
    });
  });

  it('[L-40] knows a package script that only prints', async () => {
    await scripts({ test: 'echo ok' });
    expect(await plan('npm test')).toEqual({ kind: 'no-check' });
  });

  it.each([
    'make test',
    'vitest run | tee log',
    'vitest run || true',
    'vitest run && tsc',
    'vitest bench',
    'vitest --outputFile=x',
    'NODE_OPTIONS=--x node --test',
    'node --test --test-reporter=tap',
    'npm test',
    'echo ok',
    'true',
  ])('leaves %s as it is', async (command) => {
    expect(await plan(command)).toEqual({ kind: 'exit-code', command });
  });
});

describe('discovery', () => {
  const found = async () => (await discoverCommands(folder)).map((one) => one.command);
  const write = (name: string, text: string) => writeFile(join(folder, name), text);

  it('takes the test script by the package manager of the repository', async () => {
    await scripts({ test: 'vitest run' });
    expect(await discoverCommands(folder)).toEqual([
      { command: 'npm test', source: 'package.json scripts.test' },
    ]);
    await write('yarn.lock', '');
    expect(await found()).toEqual(['yarn test']);
    await write('pnpm-lock.yaml', '');
    expect(await found()).toEqual(['pnpm test']);
    await scripts({ test: 'vitest run' }, { packageManager: 'npm@11.0.0' });
    expect(await found()).toEqual(['npm test']);
  });

  it('[L-40] finds nothing in scripts that only print', async () => {
    for (const test of ['echo ok', 'true', 'exit 0', 'echo "Error: no test specified" && exit 1']) {
      await scripts({ test });
      expect(await found()).toEqual([]);
    }
    await write('Makefile', 'test:\n\t@echo ok\n');
    expect(await found()).toEqual([]);
  });

  it('finds the other toolchains', async () => {
    expect(await found()).toEqual([]);
    await write('Makefile', '.PHONY: test\ntest: build\n\t./run-tests\n');
    expect(await found()).toEqual(['make test']);
    await write('Cargo.toml', '');
    await write('go.mod', '');
    await write('test_a.py', '');
    await write('a.test.mjs', `import { test } from 'node:test';`);
    const pytest = process.platform === 'win32' ? 'python -m pytest' : 'python3 -m pytest';
    expect(await found()).toEqual(['node --test', pytest, 'cargo test', 'go test ./...']);
    await write('uv.lock', '');
    expect(await found()).toContain('uv run pytest');
  });

  it('takes type check, lint and build beside tests, held only where they pass at the base', async () => {
    const checks = { 'type-check': 'tsc --noEmit', lint: 'eslint .', build: 'node build.mjs' };
    await scripts(checks);
    expect(await found()).toEqual([]);
    await scripts({ ...checks, test: 'vitest run' });
    expect(await found()).toEqual([
      'npm test',
      'typecheck?: npm run type-check',
      'lint?: npm run lint',
      'build?: npm run build',
    ]);
    await scripts({ test: 'vitest run', lint: 'echo none', build: 'vite build --watch' });
    expect(await found()).toEqual(['npm test']);
    await scripts({ test: 'vitest run' }, { devDependencies: { typescript: '7' } });
    await write('tsconfig.json', '{}');
    expect(await found()).toEqual(['npm test', 'typecheck?: npx tsc --noEmit']);
  });

  it('takes a runner among the dependencies where no script names it', async () => {
    await scripts({}, { devDependencies: { mocha: '1' } });
    expect(await found()).toEqual(['npx mocha']);
    await scripts(
      { test: 'echo "Error: no test specified" && exit 1' },
      { devDependencies: { vitest: '1' } },
    );
    expect(await found()).toEqual(['npx vitest run']);
  });
});

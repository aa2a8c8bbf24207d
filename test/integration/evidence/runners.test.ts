import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createBench, type Bench, type Files } from './bench.ts';

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.dispose();
  bench = undefined;
});

function missing(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return false;
  } catch {
    console.warn(`SKIPPED: the tests of ${[program, ...args].join(' ')} need that program on PATH.`);
    return true;
  }
}
const ids = (of: { readonly checks: readonly { id: string; outcome: string }[] }) =>
  of.checks.map((one) => `${one.outcome} ${one.id}`).sort();

const VITEST_TESTS = `import { expect, it } from 'vitest'; import { add } from './add.ts';
      it('adds', () => expect(add(1, 2)).toBe(3)); it('adds zero', () => expect(add(1, 0)).toBe(1));`;
const modules = join(import.meta.dirname, '../../../node_modules');
describe.skipIf(process.platform === 'win32')('vitest, set up by a link to installed packages', () => {
  const base: Files = {
    '.gitignore': 'node_modules\n',
    '.cfn/setup.sh': `ln -s '${modules}' node_modules\n`,
    'package.json': '{ "name": "x", "type": "module", "scripts": { "test": "vitest run" } }',
    'src/add.ts': 'export const add = (a: number, b: number) => a + b;\n',
    'src/add.test.ts': VITEST_TESTS,
  };

  it('[X-01] reports every check through npm test', async () => {
    bench = await createBench(base);
    const verdict = await bench.evidence(
      'npm test',
      await bench.commit({ 'src/add.ts': 'export const add = (a: number, b: number) => a - b;\n' }),
    );
    expect(verdict.status).toBe('failed');
    expect(ids(verdict.runs.base)).toEqual([
      'passed src/add.test.ts > adds',
      'passed src/add.test.ts > adds zero',
    ]);
    expect(verdict.perCommand[1]).toMatchObject({ passed: 1, failed: 1, passRate: 0.5, baseline: 1 });
    expect(verdict.feedback[0]).toContain('expected -1 to be 3');
  });

  it.each<[string, Files, string]>([
    [
      '[L-42] a test left out by configuration',
      {
        'vitest.config.ts': `export default { test: { exclude: ['**/node_modules/**', 'src/add.test.ts'], passWithNoTests: true } }`,
      },
      'failed',
    ],
    [
      '[L-42] it.skip',
      { 'src/add.test.ts': VITEST_TESTS.replace(`it('adds',`, `it.skip('adds',`) },
      'failed',
    ],
    [
      '[L-42] it.todo',
      { 'src/add.test.ts': `import { it } from 'vitest'; it.todo('adds'); it('adds zero', () => {});` },
      'failed',
    ],
    [
      'process.exit(0) in set-up of the tests',
      {
        'vitest.config.ts': `export default { test: { globalSetup: './stop.ts' } }`,
        'stop.ts': 'export default () => process.exit(0)',
      },
      'failed',
    ],
    [
      'another reporter and report file in the configuration',
      {
        'src/add.ts': 'export const add = () => 0;\n',
        'vitest.config.ts': `export default { test: { reporters: ['dot'], outputFile: 'mine.json' } }`,
      },
      'failed',
    ],
    [
      'an assertion that always holds',
      {
        'src/add.ts': 'export const add = () => 0;\n',
        'src/add.test.ts': `import { it } from 'vitest'; it('adds', () => {}); it('adds zero', () => {});`,
      },
      'unconfirmed',
    ],
  ])('never passes %s', async (_, changes, status) => {
    bench = await createBench(base);
    expect((await bench.evidence('npm test', await bench.commit(changes))).status).toBe(status);
  });
});

describe.skipIf(missing('python3', '-m', 'pytest', '--version'))('pytest', () => {
  const base: Files = {
    'pytest.ini': '[pytest]\n',
    'add.py': 'def add(a, b):\n    return a + b\n',
    'test_add.py':
      'from add import add\n\ndef test_adds():\n    assert add(1, 2) == 3\n\ndef test_zero():\n    assert add(1, 0) == 1\n',
  };

  it('is discovered and reports every check', async () => {
    bench = await createBench(base);
    const [found] = await bench.runner.discover(bench.root);
    const verdict = await bench.evidence(
      found?.command ?? '',
      await bench.commit({ 'add.py': 'def add(a, b):\n    return a - b\n' }),
    );
    expect(ids(verdict.runs.base)).toEqual(['passed test_add > test_adds', 'passed test_add > test_zero']);
    expect(verdict.status).toBe('failed');
    expect(verdict.feedback[0]).toContain('assert -1 == 3');
  });

  it.each<[string, Files, string]>([
    ['[L-42] a deleted test', { 'test_add.py': 'def test_zero():\n    pass\n' }, 'failed'],
    ['[L-42] an ignored test by configuration', { 'pytest.ini': '[pytest]\naddopts = -k zero\n' }, 'failed'],
    ['[L-40] no tests at all', { 'test_add.py': '' }, 'failed'],
    ['a conftest that ends the run', { 'conftest.py': 'import os\nos._exit(0)\n' }, 'failed'],
    [
      '[L-42] a weakened test',
      {
        'add.py': 'def add(a, b):\n    return 0\n',
        'test_add.py': 'def test_adds():\n    pass\n\ndef test_zero():\n    pass\n',
      },
      'unconfirmed',
    ],
  ])('never passes %s', async (_, changes, status) => {
    bench = await createBench(base);
    expect((await bench.evidence('python3 -m pytest', await bench.commit(changes))).status).toBe(status);
  });
});

describe.skipIf(missing('cargo', '--version'))('cargo test', () => {
  it('[L-39] reports every check, green or not', async () => {
    const tests =
      '#[test] fn adds() { assert_eq!(demo::add(1, 2), 3); }\n#[test] fn zero() { assert_eq!(demo::add(1, 0), 1); }\n';
    bench = await createBench({
      '.gitignore': 'target\n',
      'Cargo.toml': '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n',
      'src/lib.rs': 'pub fn add(a: i32, b: i32) -> i32 { a - b }\n',
      'tests/add.rs': tests,
    });
    const commit = await bench.commit({ 'src/lib.rs': 'pub fn add(a: i32, b: i32) -> i32 { a + b }\n' });
    const verdict = await bench.evidence('cargo test', commit);
    expect(verdict.status).toBe('passed');
    expect(ids(verdict.runs.base)).toEqual([
      'failed add tests/add.rs > adds',
      'passed add tests/add.rs > zero',
    ]);
    expect(verdict.runs.base.checks.find((one) => one.outcome === 'failed')?.message).toContain('left: -1');
  });
});

describe.skipIf(missing('go', 'version'))('go test', () => {
  it('[L-39] reports every check, green or not', async () => {
    bench = await createBench({
      'go.mod': 'module demo\n\ngo 1.19\n',
      'add.go': 'package demo\n\nfunc Add(a, b int) int { return a - b }\n',
      'add_test.go':
        'package demo\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Fatal("no sum")\n\t}\n}\n\nfunc TestZero(t *testing.T) {}\n',
    });
    const commit = await bench.commit({
      'add.go': 'package demo\n\nfunc Add(a, b int) int { return a + b }\n',
    });
    const verdict = await bench.evidence('go test ./...', commit);
    expect(verdict.status).toBe('passed');
    expect(ids(verdict.runs.base)).toEqual(['failed demo > TestAdd', 'passed demo > TestZero']);
  });
});

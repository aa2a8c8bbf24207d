import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCargoReader, createGoReader, type OutputReader } from './read-output.ts';
import { readReport } from './read-report.ts';

const fixtures = join(import.meta.dirname, '../../../test/fixtures/evidence');
const lines = (checks: Awaited<ReturnType<typeof readReport>>) =>
  checks?.map((one) => `${one.outcome} ${one.id}`);

/** Recorded from real runs; checkouts lay in `/checkout`. */
describe('reports of test runners', () => {
  it('[L-39] reads vitest 5', async () => {
    const checks = await readReport(join(fixtures, 'vitest-5.json'), 'jest', '/checkout');
    expect(lines(checks)).toEqual([
      'passed a.test.ts > top',
      'skipped a.test.ts > sk',
      'skipped a.test.ts > td',
      'failed a.test.ts > s > x > bad',
      'passed a.test.ts > s > x > e',
      'passed a.test.ts > s > x > e',
      'failed b.test.ts',
    ]);
    expect(checks?.[3]?.message).toContain('expected 1 to be 2');
    expect(checks?.[6]?.message).toBe('import broken');
  });

  it('[L-37] reads jest 30, also when it fails', async () => {
    const checks = await readReport(join(fixtures, 'jest-30.json'), 'jest', '/checkout');
    expect(lines(checks)?.sort()).toEqual([
      'failed j/a.test.js > s > bad',
      'failed j/b.test.js',
      'passed j/a.test.js > s > d > e',
      'passed j/a.test.js > top',
      'skipped j/a.test.js > sk',
      'skipped j/a.test.js > td',
    ]);
    expect(checks?.find((one) => one.id === 'j/b.test.js')?.message).toContain('import broken');
  });

  it('[L-39] reads mocha 12, hooks included', async () => {
    const checks = await readReport(join(fixtures, 'mocha-12.json'), 'mocha', '/checkout');
    expect(lines(checks)).toEqual([
      'passed m/a.spec.js > top',
      'passed m/a.spec.js > s d e',
      'failed m/a.spec.js > s bad',
      'failed m/a.spec.js > hooked "before all" hook for "never"',
      'skipped m/a.spec.js > sk',
      'skipped m/a.spec.js > pending',
    ]);
  });

  it('reads pytest 9', async () => {
    const checks = await readReport(join(fixtures, 'pytest-9.xml'), 'junit', '/checkout');
    expect(lines(checks)).toEqual([
      'passed tests.test_a > test_ok',
      'failed tests.test_a > test_bad',
      'skipped tests.test_a > test_skip',
      'skipped tests.test_a > test_xf',
      'passed tests.test_a > test_p[1]',
      'passed tests.test_a > test_p[2]',
      'passed tests.test_a > TestC > test_m',
      'failed tests.test_a > test_err',
    ]);
    expect(checks?.[1]?.message).toContain('AssertionError: why');
    expect(lines(await readReport(join(fixtures, 'pytest-9-collection.xml'), 'junit', '/checkout'))).toEqual([
      'failed tests.test_b',
    ]);
  });

  it('gives null for what is missing, empty or no report', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cfn-report-'));
    const path = join(folder, 'report');
    try {
      expect(await readReport(path, 'jest', folder)).toBeNull();
      for (const text of ['', '{', '{"testResults":1}', '<html/>', '{"type":"test:pass"}\n']) {
        await writeFile(path, text);
        for (const format of ['jest', 'mocha', 'node', 'junit'] as const) {
          expect(await readReport(path, format, folder)).toBeNull();
        }
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Feeds a recording in small parts, as a pipe would. */
async function feed(reader: OutputReader, fixture: string) {
  const text = await readFile(join(fixtures, fixture), 'utf8');
  for (let at = 0; at < text.length; at += 37) reader.add(text.slice(at, at + 37));
  return reader.checks();
}

describe('output of test runners', () => {
  it('[L-39] reads go test -json and counts subtests once', async () => {
    const checks = await feed(createGoReader(), 'go-1.19.ndjson');
    expect(lines(checks)?.sort()).toEqual([
      'failed demo > TestBad',
      'failed demo > TestParent/two',
      'failed demo/sub',
      'passed demo > TestNested/a/b',
      'passed demo > TestOk',
      'passed demo > TestParent/one',
      'skipped demo > TestSkip',
    ]);
    expect(checks?.find((one) => one.id.endsWith('TestBad'))?.message).toContain('want 2');
  });

  it('[L-39] reads cargo test with the program each test is in', async () => {
    const checks = await feed(createCargoReader(), 'cargo-1.95.txt');
    expect(lines(checks)?.sort()).toEqual([
      'failed demo src/lib.rs > tests::bad',
      'passed demo doc > src/lib.rs - add',
      'passed demo src/lib.rs > tests::ok',
      'passed demo src/lib.rs > tests::sp',
      'passed it tests/it.rs > integ',
      'skipped demo src/lib.rs > tests::ign',
    ]);
    expect(checks?.find((one) => one.id.endsWith('bad'))?.message).toContain('left: 1');
  });

  it('does not trust what cannot be counted', () => {
    const reader = createCargoReader();
    reader.add('     Running unittests src/lib.rs (target/debug/deps/demo-8348ca7a80742723)\n');
    reader.add('\nrunning 2 tests\ntest a ... ok\ntest b ... printed\nok\n\n');
    reader.add('test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n');
    expect(reader.checks()).toBeNull();
    expect(createGoReader().checks()).toBeNull();
  });
});

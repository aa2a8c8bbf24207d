import { afterEach, describe, expect, it } from 'vitest';
import { createBench, type Bench, type Files } from './bench.ts';

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.dispose();
  bench = undefined;
});

const ADD = 'export const add = (a, b) => a + b;\n';
const TWICE = 'export const twice = (a) => a * 2;\n';
const test = (body: string) => `import { test, describe, it, before } from 'node:test';
import assert from 'node:assert';
import { add } from '../src/add.mjs';
${body}`;
const TESTS = test(`test('adds', () => assert.equal(add(1, 2), 3));
test('adds zero', () => assert.equal(add(1, 0), 1));
`);

const base: Files = {
  'package.json': '{ "name": "x", "type": "module", "scripts": { "test": "node --test" } }',
  'src/add.mjs': ADD,
  'test/add.test.mjs': TESTS,
};
/** A base whose own tests fail: the task is to mend it. */
const redBase: Files = { ...base, 'src/add.mjs': 'export const add = (a, b) => a - b;\n' };

describe('evidence with real runs of node --test', () => {
  it('passes honest work, with the numbers of all three runs', async () => {
    bench = await createBench(base);
    const commit = await bench.commit({
      'src/twice.mjs': TWICE,
      'test/twice.test.mjs': `import { test } from 'node:test'; import assert from 'node:assert';
        import { twice } from '../src/twice.mjs'; test('doubles', () => assert.equal(twice(2), 4));`,
    });
    const verdict = await bench.evidence('npm test', commit);
    expect(verdict).toMatchObject({ status: 'passed', reasons: [] });
    expect(verdict.perCommand.map((one) => [one.run, one.passed, one.failed])).toEqual([
      ['base', 2, 0],
      ['left', 3, 0],
      ['restored', 2, 0],
    ]);
    expect(verdict.perCommand[2]?.protectedFilesChanged).toEqual(['test/twice.test.mjs']);
  });

  it('passes work that mends a red base', async () => {
    bench = await createBench(redBase);
    const verdict = await bench.evidence('npm test', await bench.commit({ 'src/add.mjs': ADD }));
    expect(verdict.status).toBe('passed');
    expect(verdict.runs.base.checks.map((one) => one.outcome)).toEqual(['failed', 'passed']);
  });

  it('passes when a test file that could not be loaded at the base runs now', async () => {
    bench = await createBench({ ...base, 'src/add.mjs': 'export const nothing = 1;\n' });
    const verdict = await bench.evidence('npm test', await bench.commit({ 'src/add.mjs': ADD }));
    expect(verdict.status).toBe('passed');
    expect(verdict.runs.base.checks).toMatchObject([{ id: 'test/add.test.mjs', outcome: 'failed' }]);
  });

  it.each<[string, Files, Files, 'failed' | 'unconfirmed' | 'unavailable']>([
    [
      '[L-40] a script that only prints',
      base,
      { 'package.json': '{ "scripts": { "test": "echo ok" } }' },
      'failed',
    ],
    [
      '[L-42] a deleted test',
      base,
      { 'test/add.test.mjs': null, 'test/b.test.mjs': test(`test('b', () => {})`) },
      'failed',
    ],
    [
      '[L-42] a skipped test',
      base,
      { 'test/add.test.mjs': TESTS.replaceAll(`test('adds',`, `test.skip('adds',`) },
      'failed',
    ],
    [
      '[L-42] a test turned into a todo',
      base,
      { 'test/add.test.mjs': TESTS.replaceAll(`test('adds',`, `test.todo('adds',`) },
      'failed',
    ],
    [
      '[L-42] a weakened assertion',
      base,
      {
        'src/add.mjs': 'export const add = (a, b) => a - b;\n',
        'test/add.test.mjs': TESTS.replaceAll('assert.equal(add(1, 2), 3)', 'assert.ok(add(1, 2))'),
      },
      'unconfirmed',
    ],
    [
      'a script that leaves tests out',
      base,
      {
        'test/other.test.mjs': test(`test('o', () => {})`),
        'package.json': '{ "scripts": { "test": "node --test test/other.test.mjs" } }',
      },
      'failed',
    ],
    [
      'process.exit(0) in a test',
      base,
      { 'test/add.test.mjs': TESTS.replace(`test('adds',`, `before(() => process.exit(0));\ntest('adds',`) },
      'failed',
    ],
    ['process.exit(0) in product code', base, { 'src/add.mjs': `${ADD}process.exit(0);\n` }, 'failed'],
    [
      'process.exit(0) in product code on a red base',
      redBase,
      { 'src/add.mjs': `${ADD}process.exit(0);\n` },
      'failed',
    ],
    ['an empty test suite', base, { 'test/add.test.mjs': '' }, 'failed'],
    ['no change on a red base', redBase, { 'README.md': 'hello' }, 'failed'],
    [
      'exit code 0 with a failing report',
      base,
      {
        'src/add.mjs': 'export const add = () => 0;\n',
        'package.json': '{ "scripts": { "test": "node --test ; true" } }',
      },
      'failed',
    ],
    [
      'exit code 1 with a green report',
      base,
      { 'package.json': '{ "scripts": { "test": "node --test && node -e process.exitCode=1" } }' },
      'failed',
    ],
    [
      '[L-42] failing tests deleted, so that the rate rises',
      { ...redBase, 'test/other.test.mjs': test(`test('o', () => {})`) },
      { 'test/add.test.mjs': test(`test('adds zero', () => assert.equal(add(1, 0), 1));`) },
      'failed',
    ],
    [
      'tests that are only new, on a red base',
      redBase,
      { 'test/new.test.mjs': test(`test('new', () => {})`) },
      'failed',
    ],
  ])('never passes %s', async (_, before, changes, status) => {
    bench = await createBench(before);
    const verdict = await bench.evidence('npm test', await bench.commit(changes));
    expect(verdict.status).toBe(status);
    expect(verdict.feedback.length).toBeGreaterThan(0);
  });

  it('never passes a report forged by a test: it is unreadable, or the restored run tells', async () => {
    bench = await createBench(redBase);
    const forging = `import { appendFileSync, readFileSync } from 'node:fs';
          import { test } from 'node:test';
          const path = /destination=([^" ]+ndjson)/.exec(process.env.NODE_OPTIONS)[1];
          const line = (type, name) => JSON.stringify({ type, nesting: 0, name, file: import.meta.filename, skip: false, todo: false, suite: false, failure: null, message: null }) + '\\n';
          for (const name of ['adds', 'adds zero']) appendFileSync(path, line('test:start', name) + line('test:pass', name));
          test('forged', () => {});`;
    const verdict = await bench.evidence('npm test', await bench.commit({ 'test/add.test.mjs': forging }));
    expect(['failed', 'unconfirmed']).toContain(verdict.status);
  });

  it.each([
    ['node verify.cjs', 'package.json'],
    ['npm test', '{ "scripts": { "test": "node verify.cjs" } }'],
  ])('[L-42] never passes a changed program that %s runs as its check', async (command, manifest) => {
    const verify = `if (!require('fs').readFileSync('src/a.txt', 'utf8').includes('good')) process.exit(1);`;
    bench = await createBench({
      'src/a.txt': 'bad',
      'verify.cjs': verify,
      'package.json': manifest.startsWith('{') ? manifest : '{}',
    });
    const cheated = await bench.evidence(command, await bench.commit({ 'verify.cjs': 'process.exit(0)' }));
    expect(cheated).toMatchObject({ status: 'unconfirmed', unconfirmedFiles: ['verify.cjs'] });
    const honest = await bench.evidence(command, await bench.commit({ 'src/a.txt': 'good' }));
    expect(honest.status).toBe('passed');
  });

  it('takes a product file that is its own check for product', async () => {
    bench = await createBench({ 'src/main.cjs': 'process.exit(1)' });
    const commit = await bench.commit({ 'src/main.cjs': 'console.log("hello")' });
    expect((await bench.evidence('node src/main.cjs', commit)).status).toBe('passed');
  });

  it('never passes a repository whose script only prints', async () => {
    bench = await createBench({ 'package.json': '{ "scripts": { "test": "echo ok" } }', 'a.txt': '1' });
    expect(await bench.runner.discover(bench.root)).toEqual([]);
    const verdict = await bench.evidence('npm test', await bench.commit({ 'a.txt': '2' }));
    expect(verdict.status).toBe('unavailable');
  });

  it('is unconfirmed where the first tests of a repository are the agents own', async () => {
    bench = await createBench({ ...base, 'test/add.test.mjs': null });
    const commit = await bench.commit({ 'test/add.test.mjs': TESTS });
    const verdict = await bench.evidence('npm test', commit);
    expect(verdict).toMatchObject({ status: 'unconfirmed', unconfirmedFiles: ['test/add.test.mjs'] });
  });

  it('[L-41] fails a run over its limit', async () => {
    bench = await createBench(base, { limits: { commandMs: 2_500 } });
    const verdict = await bench.evidence(
      'npm test',
      await bench.commit({ 'src/add.mjs': `${ADD}setInterval(() => {}, 1000);\n` }),
    );
    expect(verdict.status).toBe('failed');
    expect(verdict.reasons.join()).toContain('time limit');
  });

  it('[L-37] names the failing check and its message for the next iteration', async () => {
    bench = await createBench(base);
    const verdict = await bench.evidence(
      'npm test',
      await bench.commit({ 'src/add.mjs': 'export const add = () => 1;\n' }),
    );
    expect(verdict.feedback).toEqual([expect.stringContaining('"test/add.test.mjs > adds" fails: ')]);
    expect(verdict.feedback[0]).toContain('1 == 3');
    expect(verdict.runs.left.tail).toContain('adds');
  });
});

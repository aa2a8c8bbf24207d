import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { all, GOOD, last, LoopBench, removePrograms, SUM_FIXED, type LoopRun } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

const SURE = { confidence: 0.99 };
const FIX = { 'src/sum.js': SUM_FIXED };
const ONCE = ['--max-iterations', '1'] as const;
/** Shaped like a key and none: put together here, so that nobody takes this file for the place of one. */
const KEY = ['gh', 'p_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('');

const work = (write: Readonly<Record<string, string>>, more: object = {}) => ({
  ...GOOD,
  implementer: [{ write: { ...FIX, ...write }, result: SURE, ...more }],
});

function commit(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(bench.repository, path, '..'), { recursive: true });
    writeFileSync(join(bench.repository, path), text);
  }
  bench.git('add', '-A');
  bench.git('commit', '-qm', 'more');
}

/** A lint that finds `var`, and what says so in the repository itself. */
const LINT = {
  'lint.cjs':
    "process.exit(require('fs').readdirSync('src').some((f) => /\\bvar\\b/.test(require('fs').readFileSync('src/' + f, 'utf8'))) ? 1 : 0);\n",
  'package.json':
    '{ "name": "sum", "version": "1.0.0", "type": "module", "scripts": { "test": "node --test", "lint": "node lint.cjs" } }\n',
};

const outcome = (run: LoopRun) => all(run, 'LoopFinished').at(-1)?.['outcome'] ?? null;
const gate = (run: LoopRun) => last(run, 'GateChecked') ?? fail('no gate was checked');
const confirmable = (run: LoopRun): string => String((gate(run)['unconfirmed'] as readonly string[])[0]);
function fail(what: string): never {
  throw new Error(what);
}
const reasons = (run: LoopRun) => String(gate(run)['reasons']);

describe('kinds of evidence', () => {
  it('finds a lint beside the tests, holds agents to it and links each result to commit and command', async () => {
    commit(LINT);
    const good = await bench.run(work({}), ...ONCE);
    expect(outcome(good)).toBe('PROCEED');
    const integrated = last(good, 'Integrated')?.['commit'];
    const told = all(good, 'EvidenceCollected').filter(({ run }) => run !== 'base');
    expect(told.map(({ kind, command, run, status }) => [kind, command, run, status])).toEqual([
      ['test', 'npm test', 'left', 'passed'],
      ['test', 'npm test', 'restored', 'passed'],
      ['lint', 'lint?: npm run lint', 'left', 'passed'],
      ['lint', 'lint?: npm run lint', 'restored', 'passed'],
    ]);
    expect(told.every((event) => event['commit'] === integrated)).toBe(true);
    const bad = await bench.run(work({ 'src/bad.js': 'var x = 1;\n' }), '--task-id', 'bad', ...ONCE);
    expect(bad.code).not.toBe(0);
    expect(reasons(bad)).toContain('`lint?: npm run lint` passed at the base and does not pass now');
  });

  it('holds nobody to a lint that fails at the base, and says so', async () => {
    commit({ ...LINT, 'src/old.js': 'var old = 1;\n' });
    const run = await bench.run(work({}), ...ONCE);
    expect(outcome(run)).toBe('PROCEED');
    expect(String(gate(run)['notes'])).toContain('does not pass at the base, so nobody is held to it');
    const required = ['--evidence', 'npm test', '--evidence', 'lint: npm run lint'];
    const held = await bench.run(work({}), '--task-id', 'held', ...required, ...ONCE);
    expect(held.code).not.toBe(0);
  });

  it('has no evidence where all of it is optional and fails at the base', async () => {
    commit({ ...LINT, 'src/old.js': 'var old = 1;\n' });
    const run = await bench.run(work({}), '--evidence', 'lint?: npm run lint', ...ONCE);
    expect(run.code).toBe(5);
    expect(last(run, 'LoopWaiting')).toMatchObject({ for: 'evidence' });
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['the program of the lint', { 'lint.cjs': 'process.exit(0);\n' }],
    ['the script', { 'package.json': LINT['package.json'].replace('node lint.cjs', 'node -e 0') }],
  ])('never passes a changed check: %s', async (_what, lie) => {
    commit(LINT);
    const run = await bench.run(work({ 'src/bad.js': 'var x = 1;\n', ...lie }), ...ONCE);
    expect(outcome(run)).not.toBe('PROCEED');
    expect([1, 3, 5]).toContain(run.code);
  });
});

describe('declared deliverables', () => {
  const epic = (...deliverables: readonly string[]): readonly string[] => {
    const file = join(bench.folder, 'task.cfn.md');
    writeFileSync(file, `---\ndeliverables: ${JSON.stringify(deliverables)}\n---\n\nMake sum add.\n`);
    return [file];
  };
  const run = (scenario: object, ...args: readonly string[]) => {
    const words = bench.runArguments(scenario, [...args, ...ONCE]);
    const at = words.indexOf('--task');
    return bench.cfn(...words.slice(0, at), ...words.slice(at + 2));
  };

  it('pass where the commit has them, and prose is left alone', async () => {
    const good = await run(
      work({ 'docs/sum.md': '# Sum\n' }),
      ...epic('docs/*.md', 'src/sum.js: the sum', 'a test'),
    );
    expect(outcome(good)).toBe('PROCEED');
  });

  it.each<[string, object]>([
    ['was never written', {}],
    [
      'is ignored by git, and only on disk',
      { write: { ...FIX, '.gitignore': 'docs/\n', 'docs/sum.md': '#\n' } },
    ],
    ['is a link to nowhere', { run: ['mkdir -p docs && ln -s nowhere docs/sum.md'] }],
  ])('never pass one that %s', async (_what, more) => {
    const bad = await run(work({}, more), ...epic('docs/sum.md'));
    expect([1, 3]).toContain(bad.code);
    expect(gate(bad)).toMatchObject({ passed: false });
    expect(reasons(bad)).toContain('The deliverable docs/sum.md does not exist in the result.');
  });

  it('hold without any command too', async () => {
    const bad = await run(work({}), ...epic('docs/sum.md'), '--evidence', 'none');
    expect(bad.code).toBe(3);
    expect(gate(bad)).toMatchObject({ passed: false, evidence: 'none' });
  });
});

describe('secrets in added lines', () => {
  const LEAK = { 'src/config.js': `export const a = 1;\nexport const token = '${KEY}';\n` };
  const confirming = (...confirmed: readonly string[]) => ({
    ...work(LEAK),
    validator: [{ result: { score: 0.99, confirmed } }],
  });

  it('are told by file, line and kind, never by themselves, and wait for somebody to confirm them', async () => {
    const run = await bench.run(work(LEAK), ...ONCE);
    expect(run.code).toBe(5);
    const item = confirmable(run);
    expect(item).toMatch(/^secret:src\/config\.js#github-token-[0-9a-f]{8}$/);
    expect(last(run, 'LoopWaiting')).toMatchObject({ for: 'evidence' });
    expect(JSON.stringify(run.events) + run.stderr).not.toContain(KEY);
    expect((await bench.cfn('decide', 'sum', 'PROCEED')).code).toBe(2);
    const decided = await bench.cfn('decide', 'sum', 'PROCEED', '--confirm', item, '--json');
    expect(decided.code).toBe(0);
  });

  it('are let through where a majority of the validators confirms that they are none', async () => {
    const first = await bench.run(work(LEAK), ...ONCE);
    const item = confirmable(first);
    const run = await bench.run(confirming(item), '--task-id', 'again', ...ONCE);
    expect(outcome(run)).toBe('PROCEED');
    const file = await bench.run(confirming('src/config.js'), '--task-id', 'file', ...ONCE);
    expect(file.code).toBe(5);
  });

  it('never pass by a comment that switches a scanner off', async () => {
    const text = `/* secretlint-disable */\n// gitleaks:allow\nexport const token = '${KEY}'; // secretlint-disable-line\n`;
    const run = await bench.run(work({ 'src/config.js': text }), ...ONCE);
    expect(run.code).toBe(5);
  });

  it('that stood at the base before are nobody’s doing', async () => {
    commit(LEAK);
    expect(outcome(await bench.run(work({}), ...ONCE))).toBe('PROCEED');
  });
});

describe('flaky checks', () => {
  /** Fails until it was run once: on another file system than any checkout. */
  const flaky = (marker: string): Readonly<Record<string, string>> => ({
    'test/flaky.test.js': [
      "import test from 'node:test';",
      "import { existsSync, writeFileSync } from 'node:fs';",
      `test('sometimes', () => { if (existsSync(${JSON.stringify(marker)})) return; writeFileSync(${JSON.stringify(marker)}, ''); throw new Error('not yet'); });`,
      '',
    ].join('\n'),
  });
  const run = (mode: string) => bench.run(work(flaky(join(bench.folder, 'marker'))), '--mode', mode, ...ONCE);

  it('count as passed in mvp, and are told of', async () => {
    const mvp = await run('mvp');
    expect(outcome(mvp)).toBe('PROCEED');
    expect(String(gate(mvp)['notes'])).toContain('sometimes" is flaky');
    expect(all(mvp, 'EvidenceCollected').flatMap((event) => event['flaky'] ?? [])).toEqual([
      'test/flaky.test.js > sometimes',
    ]);
  });

  it('have to be confirmed in standard', async () => {
    const standard = await run('standard');
    expect(standard.code).toBe(5);
    expect(confirmable(standard)).toBe('flaky:npm test > test/flaky.test.js > sometimes');
    const decided = await bench.cfn('decide', 'sum', 'PROCEED', '--confirm', confirmable(standard), '--json');
    expect(decided.code).toBe(0);
  });

  it('never pass in enterprise', async () => {
    const enterprise = await run('enterprise');
    expect(enterprise.code).toBe(3);
    expect(gate(enterprise)).toMatchObject({ passed: false, evidence: 'failed' });
  });
});

describe('coverage of changed lines', () => {
  const MEASURED =
    'node --test --experimental-test-coverage --test-reporter=lcov --test-reporter-destination=lcov.info';
  const TWICE = 'export const twice = (a) => a * 2;\nexport const half = (a) => {\n  return a / 2;\n};\n';
  const TEST =
    "import test from 'node:test';\nimport assert from 'node:assert/strict';\nimport { twice } from '../src/twice.js';\ntest('doubles', () => assert.equal(twice(2), 4));\n";
  const FAKE =
    'SF:src/twice.js\nDA:1,1\nDA:2,1\nDA:3,1\nDA:4,1\nend_of_record\nSF:src/sum.js\nDA:1,1\nend_of_record\n';
  const some = { 'src/twice.js': TWICE, 'test/twice.test.js': TEST };
  const run = (files: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    bench.run(work(files), '--evidence', MEASURED, ...args, ...ONCE);

  it('is shown, and held to a share only where one is asked for', async () => {
    const shown = await run(some);
    expect(outcome(shown)).toBe('PROCEED');
    expect(String(gate(shown)['notes'])).toMatch(/Coverage: \d of \d changed lines that can be run were run/);
    const held = await run(some, '--task-id', 'held', '--coverage', '1');
    expect(held.code).toBe(3);
    expect(reasons(held)).toContain('required 100 %');
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['a committed report', { ...some, 'lcov.info': FAKE }],
    [
      'a report that a test writes',
      {
        ...some,
        'test/lie.test.js': `import { writeFileSync } from 'node:fs';\nimport test from 'node:test';\ntest('lies', () => writeFileSync('lcov.info', ${JSON.stringify(FAKE)}));\n`,
      },
    ],
    ['a file that is taken out of the report', { 'src/twice.js': `/* node:coverage disable */\n${TWICE}` }],
    ['a file that no test loads', { 'src/twice.js': TWICE }],
  ])('never passes a share by %s', async (_what, files) => {
    const lie = await run(files, '--coverage', '1');
    expect(lie.code).toBe(3);
    expect(gate(lie)).toMatchObject({ passed: false });
  });

  it('waits for a person where the base writes no report, whatever the agents write', async () => {
    const lie = await bench.run(
      work({
        'test/lie.test.js': `import { writeFileSync } from 'node:fs';\nimport test from 'node:test';\ntest('lies', () => writeFileSync('lcov.info', ${JSON.stringify(FAKE)}));\n`,
      }),
      '--coverage',
      '0.5',
      ...ONCE,
    );
    expect(lie.code).toBe(5);
    expect(last(lie, 'LoopWaiting')).toMatchObject({ for: 'evidence' });
  });
});

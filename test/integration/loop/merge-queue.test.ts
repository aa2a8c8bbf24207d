import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { QueueReport } from '../../../src/app/bring-home/queue-report.ts';
import { GOOD, LoopBench, removePrograms, type LoopRun } from './fixture.ts';

const LIMIT_MS = 300_000;
const bench = new LoopBench();
/** While this file is there, the tests of the repository say that they run, and run on and on. */
const HOLD = join(bench.folder, 'hold');
const RUNNING = join(bench.folder, 'running');

/** Shares of three things, of which there are ten each. */
const REPOSITORY = {
  'package.json':
    '{ "name": "shares", "version": "1.0.0", "type": "module", "scripts": { "test": "node --test" } }\n',
  'readme.md': 'one\ntwo\nthree\n',
  'shares/base.txt': 'cpu 1\n',
  'test/shares.test.js': `
import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
if (existsSync(${JSON.stringify(HOLD)})) writeFileSync(${JSON.stringify(RUNNING)}, '');
while (existsSync(${JSON.stringify(HOLD)})) await new Promise((resolve) => setTimeout(resolve, 20));
const lines = readdirSync('shares').flatMap((name) => readFileSync('shares/' + name, 'utf8').trim().split('\\n'));
const sum = (thing) => lines.filter((one) => one.startsWith(thing + ' ')).reduce((all, one) => all + Number(one.split(' ')[1]), 0);
for (const thing of ['cpu', 'disk', 'net'])
  test('there is enough ' + thing, () => assert.ok(sum(thing) <= 10, thing + ' is at ' + sum(thing)));
`,
};

/** Each is fine on what it began at. */
const LOOPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  plain: { 'shares/plain.txt': 'net 1\n', 'readme.md': 'plain\ntwo\nthree\n' },
  disk: { 'shares/disk.txt': 'disk 8\n' },
  cpu6: { 'shares/cpu6.txt': 'cpu 6\n' },
  cpu5: { 'shares/cpu5.txt': 'cpu 5\n' },
  words: { 'readme.md': 'words\ntwo\nthree\n' },
};
const EVIDENCE = ['--evidence', 'npm test'];

let main = '';
beforeAll(async () => {
  await bench.create(REPOSITORY);
  for (const [taskId, write] of Object.entries(LOOPS)) {
    const crew = { ...GOOD, implementer: [{ write, result: { confidence: 0.95, summary: 'done' } }] };
    const args = ['--task-id', taskId, '--task', `Make ${taskId}`, '--validator', 'v1=CREW', ...EVIDENCE];
    const ended = await bench.run(crew, ...args);
    if (ended.code !== 0) throw new Error(`${taskId} ended with ${ended.code}: ${ended.stderr}`);
  }
  writeFileSync(join(bench.repository, 'shares/main.txt'), 'disk 5\n');
  bench.git('add', '-A');
  bench.git('commit', '-qm', 'Take some disk');
  main = bench.git('rev-parse', 'HEAD');
}, LIMIT_MS);
beforeEach(() => {
  bench.git('checkout', '-q', '-f', 'main');
  bench.git('reset', '-q', '--hard', main);
});
afterEach(() => {
  for (const file of [HOLD, RUNNING]) rmSync(file, { force: true });
});
afterAll(async () => {
  bench.finish();
  await removePrograms();
});

const reportOf = (run: LoopRun): QueueReport => {
  const [report] = run.events;
  if (!report) throw new Error(run.stderr);
  return report as unknown as QueueReport;
};
const merge = async (...args: readonly string[]) => {
  const run = await bench.cfn('merge', ...args, '--json');
  return { code: run.code, stderr: run.stderr, report: reportOf(run) };
};
const head = () => bench.git('rev-parse', 'HEAD');
const idsOf = (loops: readonly { readonly taskId: string }[]) => loops.map(({ taskId }) => taskId);
const asideOf = ({ putAside }: QueueReport) =>
  putAside.map(({ taskId, reason }) => [taskId, reason.kind, reason.with]);
const shares = () => readdirSync(join(bench.repository, 'shares')).sort();
/** What a queue keeps while it runs: checkouts and prepared folders. */
const leftFolders = (): readonly string[] =>
  readdirSync(bench.folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /evidence-[0-9a-f]{12}-[0-9a-f]+$/.test(name),
  );

it(
  'all that passes together lands in one run of the evidence, and is undone one by one, newest first',
  async () => {
    const { code, stderr, report } = await merge('plain', 'cpu6');
    expect([code, report.outcome, idsOf(report.stack)]).toEqual([0, 'landed', ['plain', 'cpu6']]);
    expect(stderr.split('\n').filter(Boolean)).toEqual([
      'Stacking 2 loops on what is checked out',
      'npm test on main',
      'npm test on main + plain + cpu6',
      'Bringing 2 loops to main',
    ]);
    expect(report.runs).toMatchObject([
      { on: [], command: 'npm test', status: 'passed', passed: 3, failed: 0 },
      { on: ['plain', 'cpu6'], status: 'passed', passed: 3, failed: 0 },
    ]);
    expect(report.runs.at(-1)?.commit).toBe(head());
    expect(shares()).toEqual(['base.txt', 'cpu6.txt', 'main.txt', 'plain.txt']);
    expect(bench.git('status', '--porcelain')).toBe('');
    const views = (await bench.cfn('status', 'plain', '--json')).events;
    expect(views).toMatchObject([{ home: { way: 'merge', branch: 'main' } }]);
    expect(await bench.cfn('merge', 'plain', '--undo')).toMatchObject({
      code: 2,
      stderr: 'cpu6 was brought to main after it; undo that first.\n',
    });
    for (const loop of ['cpu6', 'plain']) expect((await bench.cfn('merge', loop, '--undo')).code).toBe(0);
    expect([head(), bench.git('status', '--porcelain')]).toEqual([main, '']);
  },
  LIMIT_MS,
);

it(
  'names the one that fails alone, the pair that fails together and what conflicts, and lands the rest',
  async () => {
    const { code, stderr, report } = await merge('plain', 'cpu6', 'disk', 'cpu5', 'words', '--squash');
    expect([code, report.outcome, idsOf(report.stack)]).toEqual([1, 'landed', ['plain', 'cpu6']]);
    expect(asideOf(report)).toEqual([
      ['disk', 'evidence', []],
      ['cpu5', 'evidence', ['cpu6']],
      ['words', 'conflicts', 'plain'],
    ]);
    const checks = report.putAside.map(({ reason }) =>
      'checks' in reason ? reason.checks.join() : reason.files,
    );
    expect(checks[0]).toContain('disk is at 13');
    expect(checks[1]).toContain('cpu is at 12');
    expect(checks[2]).toEqual(['readme.md']);
    expect(stderr).toContain('bisecting: npm test on main + ');
    expect(stderr).toContain('alone: npm test on main + disk\n');
    expect(report.runs.find(({ commit }) => commit === head())?.status).toBe('passed');
    expect(bench.git('log', '--format=%s', `${main}..HEAD`)).toBe('Make cpu6\nMake plain');
    expect(report.runs.length).toBeLessThanOrEqual(24);
  },
  LIMIT_MS,
);

it(
  'begins anew on a branch that moved while the evidence ran, and lands what was tested there',
  async () => {
    writeFileSync(HOLD, '');
    const { ended } = await bench.start(['merge', 'cpu6', 'cpu5', 'plain', '--json']);
    await testsRun();
    bench.git('rm', '-q', 'shares/base.txt');
    bench.git('commit', '-qm', 'Give some back');
    const moved = head();
    rmSync(HOLD);
    const run = await ended;
    expect(run.stderr).toContain('main moved meanwhile; trying once more from where it is now\n');
    const report = reportOf(run);
    // 6 and 5 are still more than 10.
    expect([run.code, report.outcome, asideOf(report)]).toEqual([
      1,
      'landed',
      [['cpu5', 'evidence', ['cpu6']]],
    ]);
    expect([report.branchCommit, report.runs.at(-1)?.on]).toEqual([moved, ['cpu6', 'plain']]);
    expect(report.runs.at(-1)?.commit).toBe(head());
  },
  LIMIT_MS,
);

it(
  'does not even begin with uncommitted files in the way, and says what to do',
  async () => {
    writeFileSync(join(bench.repository, 'readme.md'), 'mine\n');
    const { code, report } = await merge('cpu6', 'plain');
    expect([code, report.outcome, report.runs]).toEqual([1, 'blocked', []]);
    expect(report.preview?.obstacle).toEqual({ kind: 'dirty', paths: ['readme.md'] });
    expect(head()).toBe(main);
    const elsewhere = await merge('cpu6', 'plain', '--branch', 'both');
    expect([elsewhere.code, bench.git('rev-parse', 'both')]).toEqual([
      0,
      elsewhere.report.runs.at(-1)?.commit,
    ]);
    expect([head(), readFileSync(join(bench.repository, 'readme.md'), 'utf8')]).toEqual([main, 'mine\n']);
    bench.git('branch', '-qD', 'both');
  },
  LIMIT_MS,
);

it(
  'shows with --dry-run what would be tried, and runs nothing',
  async () => {
    const { code, report } = await merge('plain', 'disk', 'words', '--dry-run');
    expect([code, report.outcome, idsOf(report.stack)]).toEqual([1, 'preview', ['plain', 'disk']]);
    expect([report.evidence, report.runs, asideOf(report)]).toEqual([
      ['npm test'],
      [],
      [['words', 'conflicts', 'plain']],
    ]);
    expect(head()).toBe(main);
  },
  LIMIT_MS,
);

it(
  'Ctrl+C while the evidence runs ends it and leaves nothing behind',
  async () => {
    const refs = bench.git('for-each-ref');
    writeFileSync(HOLD, '');
    const { child, ended } = await bench.start(['merge', 'cpu6', 'plain', '--json']);
    await testsRun();
    expect(leftFolders()).not.toEqual([]);
    child.kill('SIGINT');
    const run = await ended;
    expect([run.code, reportOf(run).outcome]).toEqual([130, 'cancelled']);
    expect([head(), bench.git('for-each-ref'), leftFolders()]).toEqual([main, refs, []]);
    expect(bench.leftovers()).toEqual([]);
  },
  LIMIT_MS,
);

it(
  'after kill -9 while the evidence runs, the next queue ends what was left and lands',
  async () => {
    writeFileSync(HOLD, '');
    const { child } = await bench.start(['merge', 'cpu6', 'plain', '--json']);
    await testsRun();
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(head()).toBe(main);
    expect(leftFolders()).not.toEqual([]);
    rmSync(HOLD);
    const { code, report } = await merge('cpu6', 'plain');
    expect([code, report.outcome]).toEqual([0, 'landed']);
    expect([leftFolders(), bench.leftovers()]).toEqual([[], []]);
  },
  LIMIT_MS,
);

/** Resolves once the repository's tests run and are held. */
async function testsRun(): Promise<void> {
  for await (const _change of watch(bench.folder)) if (existsSync(RUNNING)) return;
}

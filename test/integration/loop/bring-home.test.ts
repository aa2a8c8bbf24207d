import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { all, GOOD, last, LoopBench, removePrograms, SUM_FIXED } from './fixture.ts';

/** Evidence that takes no time: these tests are about what comes after a loop. */
const QUICK = ['--evidence', 'git --version', '--validator', 'v1=CREW'];
const LIMIT_MS = 300_000;
const FILE = 'src/sum.js';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

const sum = () => readFileSync(join(bench.repository, FILE), 'utf8');

it(
  'a finished loop is merged, shows so, and is undone',
  async () => {
    expect((await bench.run(GOOD, ...QUICK)).code).toBe(0);
    const before = bench.git('rev-parse', 'HEAD');
    const merged = await bench.cfn('merge', 'sum', '--json');
    expect(merged).toMatchObject({ code: 0, events: [{ outcome: 'done', taskId: 'sum' }] });
    expect(sum()).toBe(SUM_FIXED);
    expect(bench.git('status', '--porcelain')).toBe('');
    expect(bench.git('log', '-1', '--format=%s')).toBe('Merge loop sum: Make sum add');
    const [view] = (await bench.cfn('status', 'sum', '--json')).events;
    expect(view).toMatchObject({ home: { way: 'merge', branch: 'main' } });
    expect((await bench.cfn('merge', 'sum', '--undo')).code).toBe(0);
    expect(bench.git('rev-parse', 'HEAD')).toBe(before);
    expect((await bench.cfn('status', 'sum', '--json')).events).toMatchObject([{ home: null }]);
    const nothing = await bench.cfn('merge', 'sum', '--undo');
    expect(nothing).toMatchObject({
      code: 2,
      stderr: 'Nothing of sum was brought home that could be undone.\n',
    });
  },
  LIMIT_MS,
);

it(
  'a conflict names both intents, and the same crew resolves it in a loop that then merges cleanly',
  async () => {
    expect((await bench.run(GOOD, ...QUICK)).code).toBe(0);
    writeFileSync(join(bench.repository, FILE), 'export const sum = (a, b) => b - a;\n');
    bench.git('commit', '-qam', 'Turn the difference round');
    const refused = await bench.cfn('merge', 'sum');
    expect(refused.code).toBe(1);
    for (const part of [`  ${FILE}`, 'Of the loop: Make sum add', 'Turn the difference round'])
      expect(refused.stderr).toContain(part);
    expect(bench.git('status', '--porcelain')).toBe('');

    const both = 'export const sum = (a, b) => b + a;\n';
    bench.crew({ ...GOOD, implementer: [{ ...GOOD.implementer[0], write: { [FILE]: both } }] });
    const resolved = await bench.cfn('merge', 'sum', '--resolve', '--json');
    expect([resolved.code, resolved.stderr]).toMatchObject([0, expect.any(String)]);
    const next = String(last(resolved, 'LoopFinished')?.['taskId']);
    expect(all(resolved, 'LoopStarted')).toHaveLength(1);
    const merged = await bench.cfn('merge', next);
    expect(merged).toMatchObject({ code: 0, stderr: '' });
    expect(sum()).toBe(both);
    expect(bench.git('branch', '--contains', 'cfn/sum/result', '--format=%(refname:short)')).toContain(
      'main',
    );
    expect(bench.git('status', '--porcelain')).toBe('');
  },
  LIMIT_MS,
);

it(
  'an earlier iteration that a person restored as the result is what comes home, and is named',
  async () => {
    const again = { result: { decision: 'ITERATE', reason: 'not yet', feedback: ['Turn it round'] } };
    const both = 'export const sum = (a, b) => b + a;\n';
    const [first] = GOOD.implementer;
    const crew = {
      ...GOOD,
      implementer: [first, { ...first, write: { [FILE]: both } }],
      'product-owner': [again, ...GOOD['product-owner']],
    };
    const ran = await bench.run(crew, ...QUICK);
    expect(ran.code).toBe(0);
    const [earlier, result] = all(ran, 'Integrated').map((event) => String(event['commit']));
    expect(bench.git('rev-parse', 'cfn/sum/result')).toBe(result);
    bench.git('update-ref', 'refs/heads/cfn/sum/result', earlier ?? '');
    const shown = await bench.cfn('merge', 'sum', '--dry-run', '--json');
    expect(shown.events).toMatchObject([{ commit: earlier, restored: 1, revised: false }]);
    expect((await bench.cfn('merge', 'sum')).code).toBe(0);
    expect(sum()).toBe(SUM_FIXED);
  },
  LIMIT_MS,
);

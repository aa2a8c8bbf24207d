import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { GOOD, LoopBench, removePrograms, SUM_FIXED } from './fixture.ts';

/** Evidence that takes no time: these tests are about what comes after a loop. */
const QUICK = ['--evidence', 'git --version', '--validator', 'v1=CREW'];
const LIMIT_MS = 300_000;

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

it(
  'a result, an iteration and an attempt become patches that git takes, and the record one document',
  async () => {
    const run = await bench.run(GOOD, ...QUICK);
    expect(run.code).toBe(0);
    const refs = bench.git('for-each-ref');
    const file = (name: string) => join(bench.folder, name);

    expect((await bench.cfn('export', 'sum', '-o', file('result.patch'))).code).toBe(0);
    expect((await bench.cfn('export', 'sum', '--iteration', '1', '-o', file('one.patch'))).code).toBe(0);
    expect((await bench.cfn('export', 'sum', '--agent', 'worker', '-o', file('worker.patch'))).code).toBe(0);
    expect(bench.git('for-each-ref')).toBe(refs);
    for (const name of ['result.patch', 'one.patch', 'worker.patch']) {
      bench.git('checkout', '-q', '-b', `taken-${name}`, 'main');
      bench.git('am', '-q', file(name));
      expect(readFileSync(join(bench.repository, 'src/sum.js'), 'utf8')).toBe(SUM_FIXED);
      expect(bench.git('log', '-1', '--format=%s')).toBe('Make sum add');
    }
    expect(bench.git('rev-parse', 'HEAD^{tree}')).toBe(bench.git('rev-parse', 'cfn/sum/result^{tree}'));

    expect((await bench.cfn('export', 'sum', '--record', '-o', file('record.json'))).code).toBe(0);
    const record = JSON.parse(readFileSync(file('record.json'), 'utf8')) as {
      readonly eventsSha256: string;
      readonly events: readonly { readonly type: string }[];
      readonly decisions: readonly unknown[];
      readonly transferPoints: readonly { readonly verified: boolean }[];
    };
    const hash = createHash('sha256').update(JSON.stringify(record.events)).digest('hex');
    expect(record.eventsSha256).toBe(hash);
    expect(record.decisions).toMatchObject([{ decision: 'PROCEED', by: 'owner' }]);
    expect(record.transferPoints.length).toBeGreaterThanOrEqual(7);
    expect(record.transferPoints.filter(({ verified }) => !verified)).toEqual([]);
    expect(record.events.at(-1)?.type).toBe('LoopFinished');

    const refused: readonly (readonly [readonly string[], string])[] = [
      [['sum', '-o', file('result.patch')], 'which exists'],
      [['sum', '-o', file('none/result.patch')], 'cannot be written (ENOENT)'],
      [['sum', '--iteration', '7', '-o', file('x')], 'sum has no iteration 7.'],
      [['sum', '--agent', 'v1', '-o', file('x')], 'v1 has no attempt with changes of its own'],
      [['sum', '--agent', 'nobody', '-o', file('x')], 'it takes one of worker, v1, owner.'],
      [['other', '-o', file('x')], 'There is no loop "other" in this repository.'],
    ];
    for (const [args, sentence] of refused) {
      const ended = await bench.cfn('export', ...args);
      expect(ended.stderr).toContain(sentence);
      expect(ended.code).toBe(2);
    }
    expect(existsSync(file('x'))).toBe(false);
  },
  LIMIT_MS,
);

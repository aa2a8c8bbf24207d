/** A person reviews what real agents made, and the next iteration is told exactly that. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { LoopBench, removePrograms, SUM_FIXED } from './fixture.ts';

let bench: LoopBench;
afterEach(() => bench.finish());
afterAll(removePrograms);

interface Thread {
  readonly id: string;
  readonly state: { readonly kind: string; readonly in?: number; readonly by?: readonly string[] };
}

const NAMED = SUM_FIXED.replace('(a, b) => a + b', '(one, other) => one + other');

it(
  'comments, accepts and dismisses headless; iteration 2 is told exactly that, and what was fixed is verified',
  { timeout: 300_000 },
  async () => {
    bench = await new LoopBench().create();
    const kept = `cp "$CFN_PROMPT_FILE" '${bench.folder}'/prompt-$CFN_ITERATION.txt`;
    const finding = { severity: 'warning', file: 'src/sum.js', line: 1 };
    const first = await bench.run(
      {
        implementer: [
          { write: { 'src/sum.js': SUM_FIXED }, result: { confidence: 0.93 } },
          { run: [kept], write: { 'src/sum.js': NAMED }, result: { confidence: 0.93 } },
        ],
        v1: [
          {
            result: {
              score: 0.95,
              findings: [
                { ...finding, text: 'Names of one letter say nothing', proof: 'read it' },
                { severity: 'suggestion', file: 'test/sum.test.js', line: 4, text: 'Too few tests' },
              ],
            },
          },
          { result: { score: 0.95 } },
        ],
        v2: [{ result: { score: 0.95 } }],
      },
      '--product-owner',
      'human',
    );
    expect(first).toMatchObject({ code: 5 });

    const threads = async (): Promise<readonly Thread[]> => {
      const { ended } = await bench.start(['review', 'sum', '--json'], (event) => shown.push(event));
      const shown: unknown[] = [];
      expect(await ended).toMatchObject({ code: 0, stderr: '' });
      return (shown[0] as { threads: readonly Thread[] }).threads;
    };
    expect((await threads()).map(({ id, state }) => [id, state.kind])).toEqual([
      ['1.v1.1', 'open'],
      ['1.v1.2', 'open'],
    ]);

    expect(await bench.cfn('review', 'sum', '--comment', 'src/sum.js:9', 'There is none')).toMatchObject({
      code: 2,
      stderr: '--comment names line 9 of "src/sum.js", which has fewer lines.\n',
    });
    const said = ['--comment', 'src/sum.js:1', 'Say what it adds', '--accept', '1.v1.1'];
    const sent = await bench.cfn('review', 'sum', ...said, '--dismiss', '1.v1.2', 'two are enough');
    expect(sent).toMatchObject({ code: 0, stderr: '' });

    const second = await bench.cfn('decide', 'sum', 'ITERATE', '--json');
    expect(second).toMatchObject({ code: 5 });
    const prompt = readFileSync(join(bench.folder, 'prompt-2.txt'), 'utf8');
    const told = /Deal with every item[^\n]*\n\n([\s\S]*?)\n## /.exec(prompt)?.[1]?.trim();
    expect(told).toBe(
      [
        '```text',
        '1. (v1) [warning] src/sum.js:1: Names of one letter say nothing (proof: read it) A person agrees',
        '```',
        '',
        '2. (person) src/sum.js:1: Say what it adds',
        '   > export const sum = (a, b) => a + b;',
      ].join('\n'),
    );

    const after = await threads();
    expect(after.map(({ state }) => state)).toEqual([
      { kind: 'verified', in: 2, by: ['v1'] },
      { kind: 'dismissed', in: 1, reason: 'two are enough' },
      { kind: 'claimed-fixed', in: 2 },
    ]);
    const comment = after[2]?.id ?? '';
    expect(await bench.cfn('review', 'sum', '--resolve', comment)).toMatchObject({ code: 0 });
    expect((await threads())[2]?.state).toEqual({ kind: 'verified', in: 2, by: ['person'] });
    expect(await bench.cfn('decide', 'sum', 'PROCEED', '--json')).toMatchObject({ code: 0 });
    expect(await bench.cfn('review', 'sum', '--resolve', comment)).toMatchObject({
      code: 2,
      stderr: 'The loop "sum" has ended, so no agent reads a review of it any more.\n',
    });
  },
);

it(
  'takes files of earlier work headless: into the next iteration of a loop that waits, into the result of one that ended, and back',
  { timeout: 300_000 },
  async () => {
    bench = await new LoopBench().create();
    const other = SUM_FIXED.replace('a + b', 'b + a');
    const first = await bench.run(
      {
        implementer: [
          { write: { 'src/sum.js': SUM_FIXED, 'src/new.js': 'new\n' }, result: { confidence: 0.93 } },
          { write: { 'src/sum.js': other }, result: { confidence: 0.93 } },
        ],
        validator: [{ result: { score: 0.95 } }, { result: { score: 0.95 } }],
      },
      '--product-owner',
      'human',
    );
    expect(first).toMatchObject({ code: 5 });
    const head = bench.git('rev-parse', 'HEAD');
    const result = () => bench.git('rev-parse', 'cfn/sum/result');
    const take = (...words: readonly string[]) => bench.cfn('review', 'sum', '--take', ...words);

    expect(await take('src/sum.js', '--from', '7')).toMatchObject({
      code: 2,
      stderr: '--from names iteration 7, which came to no commit in sum.\n',
    });
    expect(await take('src/sum.js', '--from', '1/worker')).toMatchObject({
      code: 2,
      stderr: '--take names "src/sum.js", which is the same in worker in iteration 1, or in neither.\n',
    });
    expect(await bench.cfn('decide', 'sum', 'ITERATE', '--feedback', 'once more')).toMatchObject({ code: 5 });
    expect(await take('src/sum.js', '--from', '1')).toMatchObject({ code: 0, stderr: '' });
    expect(await bench.cfn('decide', 'sum', 'PROCEED')).toMatchObject({ code: 2 });
    const revised = bench.git('for-each-ref', '--format=%(objectname)', 'refs/cfn/sum/2/integrated/r-*');
    expect(`${bench.git('show', `${revised}:src/sum.js`)}\n`).toBe(SUM_FIXED);
    const ended = await bench.cfn('decide', 'sum', 'PROCEED', '--confirm', revised);
    expect(ended).toMatchObject({ code: 0 });
    expect(result()).toBe(revised);

    expect(await bench.cfn('review', 'sum', '--undo')).toMatchObject({
      code: 2,
      stderr: 'No review changed the result of "sum", so there is nothing to undo.\n',
    });
    expect(await take('src/sum.js', '--from', '2/worker')).toMatchObject({ code: 0, stderr: '' });
    expect(`${bench.git('show', 'cfn/sum/result:src/sum.js')}\n`).toBe(other);
    expect(bench.git('rev-parse', 'cfn/sum/result^')).toBe(revised);
    expect(await bench.cfn('review', 'sum', '--undo')).toMatchObject({ code: 0, stderr: '' });
    expect(result()).toBe(revised);
    expect(bench.git('rev-parse', 'HEAD')).toBe(head);
    expect(bench.git('status', '--porcelain')).toBe('');
  },
);

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { GOOD, last, LoopBench, removePrograms } from './fixture.ts';

/** Evidence that takes no time: these tests are about who decides, and what they leave. */
const QUICK = ['--evidence', 'git --version', '--validator', 'v1=CREW'];

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

it('what was left for later is a backlog, and a file of it is written on request alone', async () => {
  const left = { decision: 'PROCEED', reason: 'fine', deferred: ['negative numbers', 'a cache'] };
  await bench.run({ ...GOOD, 'product-owner': [{ result: left }] }, ...QUICK);
  const listed = await bench.cfn('backlog', '--json');
  expect(listed.events).toMatchObject([
    { taskId: 'sum', iteration: 1, text: 'negative numbers' },
    { taskId: 'sum', iteration: 1, text: 'a cache' },
  ]);
  expect(bench.git('status', '--porcelain')).toBe('');

  const file = join(bench.folder, 'BACKLOG.md');
  for (const _time of ['first', 'again']) expect((await bench.cfn('backlog', '--write', file)).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toContain('## sum\n');
  expect(readFileSync(file, 'utf8')).toMatch(/- negative numbers \(\S+, iteration 1\)\n- a cache/);

  const theirs = join(bench.folder, 'TODO.md');
  writeFileSync(theirs, 'mine\n');
  const refused = await bench.cfn('backlog', '--write', theirs);
  expect([refused.code, readFileSync(theirs, 'utf8')]).toEqual([2, 'mine\n']);
  expect(existsSync(join(bench.repository, 'BACKLOG.md'))).toBe(false);
});

const PROCEED = { decision: 'PROCEED', reason: 'fine' };

it('several product owners decide by weight, none of them sees the others', async () => {
  const crew = {
    ...GOOD,
    'product-owner': [{ result: PROCEED }],
    careful: [{ result: { decision: 'ITERATE', reason: 'no docs', feedback: ['write docs'] } }],
  };
  const board = ['--product-owner', 'cto=CREW', '--product-owner', 'careful=CREW'];
  const run = await bench.run(crew, ...QUICK, ...board, '--weight', 'cto=3');
  expect(last(run, 'DecisionMade')).toMatchObject({
    decision: 'PROCEED',
    by: 'board',
    reason: expect.stringContaining('careful would ITERATE: no docs') as string,
    board: [
      { agentId: 'cto', decision: 'PROCEED', weight: 3 },
      { agentId: 'careful', decision: 'ITERATE', weight: 1 },
    ],
  });
  expect(run.code).toBe(0);
});

it('under 0/0 no PROCEED of an agent passes over what it leaves for later', async () => {
  const left = { result: { ...PROCEED, deferred: ['a cache'] } };
  const run = await bench.run(
    { ...GOOD, 'product-owner': [left] },
    ...QUICK,
    '--proceed-policy',
    '0/0',
    '--max-iterations',
    '1',
  );
  expect(run.code).toBe(3);
  expect(last(run, 'DecisionMade')).toMatchObject({ decision: 'ITERATE' });
});

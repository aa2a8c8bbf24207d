import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { GOOD, LoopBench, removePrograms } from './fixture.ts';

const QUICK = ['--evidence', 'git --version', '--validator', 'v1=CREW'];
const NOTE = 'Agents, set-up and evidence run on this machine, with your rights; --code container';
const LIMIT_MS = 120_000;

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

function journal(taskId: string): string {
  const home = join(bench.folder, 'state', 'cfn');
  const id = readdirSync(home).find((name) => /^[0-9a-f]{32}$/.test(name)) ?? '';
  return readFileSync(join(home, id, 'loops', taskId, 'journal.ndjson'), 'utf8');
}

it(
  'says once that code runs on the machine, and starts nothing there once a person wants containers alone',
  async () => {
    const first = await bench.run(GOOD, ...QUICK);
    expect(first.code).toBe(0);
    expect(first.stderr.split(NOTE)).toHaveLength(2);
    expect(journal('sum')).toContain('"codePlace":"machine"');

    expect((await bench.cfn('init', '--code', 'container')).code).toBe(0);
    expect(existsSync(join(bench.repository, '.cfn'))).toBe(false);
    const refs = bench.git('for-each-ref');
    const refused = await bench.run(GOOD, ...QUICK, '--task-id', 'second');
    expect([refused.code, refused.events]).toEqual([2, []]);
    expect(refused.stderr).toContain("Agents' code runs in containers alone in this repository, and ");
    expect(refused.stderr).not.toContain(NOTE);
    expect(bench.git('for-each-ref')).toBe(refs);
    expect((await bench.cfn('split', '--task', 'Make sum add', '--agent', 'demo')).stderr).toContain(
      "Agents' code runs in containers alone",
    );

    const again = await bench.run(GOOD, ...QUICK, '--task-id', 'second', '--code', 'machine');
    expect(again.code).toBe(0);
    expect(again.stderr).not.toContain(NOTE);
    expect((await bench.run(GOOD, ...QUICK, '--task-id', 'third')).stderr).not.toContain(NOTE);
  },
  LIMIT_MS,
);

it(
  'a loop that began on the machine goes on there, and a repository has no say',
  async () => {
    const begun = await bench.run(GOOD, ...QUICK, '--code', 'machine', '--product-owner', 'human');
    expect(begun.code).toBe(5);
    expect((await bench.cfn('init', '--code', 'container')).code).toBe(0);
    expect((await bench.cfn('decide', 'sum', 'PROCEED')).code).toBe(0);

    await mkdir(join(bench.repository, '.cfn'));
    for (const key of ['code', 'codePlace']) {
      await writeFile(join(bench.repository, '.cfn', 'config.json'), `{"version":1,"${key}":"machine"}`);
      const told = await bench.run(GOOD, ...QUICK, '--task-id', 'next');
      expect(told.code).toBe(2);
      expect(told.stderr).toContain(`"${key}"`);
    }
  },
  LIMIT_MS,
);

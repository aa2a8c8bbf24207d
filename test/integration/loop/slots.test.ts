import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { GOOD, LoopBench, removePrograms } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

it('two loops of two command lines never run more agents together than the person allows', async () => {
  mkdirSync(join(bench.folder, 'config', 'cfn'), { recursive: true });
  writeFileSync(join(bench.folder, 'config', 'cfn', 'config.json'), '{ "maxAgentsOnMachine": 1 }');
  const only = join(bench.folder, 'only');
  const clash = join(bench.folder, 'clash');
  const alone = [`mkdir '${only}' || touch '${clash}'`, 'sleep 0.2', `rmdir '${only}'`];
  const [work, judge] = [GOOD.implementer[0], GOOD.validator[0]];
  const scenario = {
    ...GOOD,
    implementer: [{ ...work, run: alone }],
    validator: [{ ...judge, run: alone }],
  };
  const args = ['--evidence', 'git --version', '--max-parallel-agents', '4'];
  const runs = await Promise.all(['one', 'two'].map((id) => bench.run(scenario, ...args, '--task-id', id)));
  expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  expect(existsSync(clash)).toBe(false);
}, 300_000);

it('a repository cannot set how many agents the machine runs', async () => {
  mkdirSync(join(bench.repository, '.cfn'));
  writeFileSync(join(bench.repository, '.cfn', 'config.json'), '{ "maxAgentsOnMachine": 200 }');
  const refused = await bench.run(GOOD);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("maxAgentsOnMachine is yours to set, not the repository's");
});

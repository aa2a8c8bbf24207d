import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { containersBesideLoops } from '../../src/app/container-plan.ts';
import { createCore } from '../../src/core.ts';
import { LoopBench, programs, removePrograms } from './loop/fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => bench.finish());
afterAll(removePrograms);

it('tells which tests fail at HEAD, leaves the checkout alone and nothing behind', async () => {
  const core = await createCore({ logger: silentLogger, env: bench.env, programs: await programs() });
  try {
    const service = await core.openRepository(bench.repository);
    if (!service.ok) throw new Error(service.error.message);
    const run = (commands: readonly string[] | null, signal = new AbortController().signal) =>
      service.value.failingChecks?.({ commands, containers: containersBesideLoops([]), signal });
    const found = await run(null);
    if (!found?.ok) throw new Error(found?.error.message);
    expect(found.value.map(({ id, command }) => [id.split(' > ').at(-1), command])).toEqual([
      [expect.stringContaining('adds') as unknown, expect.stringContaining('test') as unknown],
    ]);
    expect(found.value[0]?.message).toMatch(/-1/);
    expect(await run(['git --version'])).toEqual({ ok: true, value: [] });
    const cancelled = AbortSignal.abort();
    expect(await run(null, cancelled)).toMatchObject({ ok: false, error: { kind: 'state' } });
    expect(bench.git('status', '--porcelain')).toBe('');
    expect(bench.git('worktree', 'list').split('\n')).toHaveLength(1);
    const state = readdirSync(join(bench.folder, 'state'), { recursive: true }).map(String);
    expect(state.filter((name) => /checks-|checkouts.checks./.test(name))).toEqual([]);
  } finally {
    await core.dispose();
  }
});

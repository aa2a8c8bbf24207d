import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { deferred } from '../../../src/base/deferred.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { createCore } from '../../../src/core.ts';
import { GOOD, last, LoopBench, programs, removePrograms, SUM_FIXED } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => bench.finish());
afterAll(removePrograms);

it("does not wait for a person's own edits, told from a window to the process that runs the loop", async () => {
  const go = join(bench.folder, 'go');
  const scenario = {
    ...GOOD,
    implementer: [
      {
        write: { 'src/sum.js': SUM_FIXED },
        run: [`while [ ! -e '${go}' ]; do sleep 0.05; done`],
        result: { confidence: 0.93 },
      },
    ],
  };
  const core = await createCore({ logger: silentLogger, env: bench.env, programs: await programs() });
  const started = deferred<void>();
  const { ended } = await bench.start(bench.runArguments(scenario), (event) => {
    if (event.type === 'AgentStarted') started.resolve();
  });
  try {
    await started.promise;
    const notes = join(bench.repository, 'notes.md');
    writeFileSync(notes, 'mine\n');
    const service = await core.openRepository(bench.repository);
    if (!service.ok) throw new Error(service.error.message);
    await service.value.ownEdits(['sum', 'no-such-loop'], [notes, join(bench.folder, 'gitconfig')]);
  } finally {
    writeFileSync(go, '');
    await core.dispose();
  }
  const run = await ended;
  expect(run.code).toBe(0);
  expect(last(run, 'LoopWaiting')).toBeUndefined();
});

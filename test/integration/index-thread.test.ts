/** The index in its thread, as the built program has it: started, killed while it saves, and opened again. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createThreadedReadModel } from '../../src/adapters/sqljs/threaded-read-model.ts';
import type { ReadModel, RowRetention } from '../../src/ports/read-model.ts';
import { programs, removePrograms } from './loop/fixture.ts';

const SAVER = fileURLToPath(new URL('../fixtures/index-saver.ts', import.meta.url));
const KILLS = Number(process.env['CFN_TEST_KILLS'] ?? 8);

let folder: string;
const children = new Set<ChildProcess>();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-index-thread-'));
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});
afterAll(removePrograms);

async function open(warnings: string[] = [], retention: RowRetention | null = null): Promise<ReadModel> {
  return createThreadedReadModel({
    program: join(await programs(), 'index-worker.js'),
    workerData: { stateFolder: folder, retention },
    logger: { warn: (message) => void warnings.push(message) },
  });
}

const event = (seq: number) => ({
  seq,
  event: { type: 'TransferPointWritten', taskId: 't', iteration: 1, at: seq, correlation: `x:iter-1:${seq}` },
});
const started = {
  seq: 1,
  event: {
    type: 'LoopStarted',
    taskId: 't',
    iteration: 0,
    at: 1,
    correlation: 'loop-started:iter-0:1',
    config: { description: 'Sort', mode: 'mvp' },
  },
};

describe('the index in a thread of its own', () => {
  it('[SI-054] [SI-055] answers, refuses with the statement in the message, and is there again after a restart', async () => {
    const model = await open();
    await model.apply('t', [started]);
    expect(await model.loops()).toMatchObject([{ taskId: 't', description: 'Sort', state: 'prepare' }]);
    await expect(model.query('SELECT * FROM nowhere')).rejects.toThrow(
      /^\[ERROR\] SQLite query failed: SELECT \* FROM nowhere/,
    );
    await expect(model.apply('t', [event(7)])).rejects.toThrow(/Events 2 to 6/);
    await model.dispose();
    await expect(model.loops()).rejects.toThrow(/closed/);
    const again = await open();
    expect(await again.lastSeq('t')).toBe(1);
    await again.dispose();
  });

  it('[DP-006] moves audit lines into the archive after the days that it was told', async () => {
    const counts = async (retention: RowRetention | null) => {
      const model = await open([], retention);
      await model.apply('t', [started]);
      await model.snapshot();
      const [row] = await model.query('SELECT count(*) AS n FROM audit_logs');
      await model.dispose();
      return row?.['n'];
    };
    expect(await counts(null)).toBe(1);
    expect(await counts({ auditDays: 3650, transactionDays: 3650 })).toBe(0);
    expect(await readdir(join(folder, 'archive'))).toEqual(['audit_logs-1970-01.ndjson.gz']);
  });

  it('an index whose process is killed while it saves opens again with all that was saved before', async () => {
    const warnings: string[] = [];
    let saved = 0;
    for (let round = 0; round < KILLS; round += 1) {
      const child = fork(SAVER, [join(await programs(), 'index-worker.js'), folder], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        env: { ...process.env, NODE_OPTIONS: '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON' },
      });
      children.add(child);
      // It saves again and again; each time it tells up to which event. The kill comes at a different save each round.
      const killAt = 1 + (round % 4);
      let saves = 0;
      child.on('message', (seq: number) => {
        saved = Math.max(saved, seq);
        saves += 1;
        if (saves === killAt) child.kill('SIGKILL');
      });
      await once(child, 'exit');
      children.delete(child);
      const model = await open(warnings);
      expect(await model.lastSeq('t')).toBeGreaterThanOrEqual(saved);
      await model.dispose();
    }
    expect(saved).toBeGreaterThan(KILLS);
    expect(warnings).toEqual([]);
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['index.sqlite', 'index.sqlite.previous']));
  });
});

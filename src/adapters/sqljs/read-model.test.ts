import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../base/logger.ts';
import { systemClock } from '../../base/clock.ts';
import { implementer, owner, testConfig, TestLoop, validator } from '../../domain/loop/test-loop.ts';
import type { JournalEntry } from '../../ports/journal.ts';
import { createRowArchive } from '../journal/row-archive.ts';
import { createSnapshotFile } from '../journal/snapshot-file.ts';
import type { RowRetention } from '../../ports/read-model.ts';
import { createReadModel } from './read-model.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-index-'));
  path = join(folder, 'index.sqlite');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const RETENTION: RowRetention = { auditDays: 90, transactionDays: 30 };

function index(
  now = 1_000,
  warn: (message: string) => void = () => undefined,
  retention: RowRetention | null = RETENTION,
) {
  return createReadModel({
    snapshotFile: createSnapshotFile(path),
    archive: createRowArchive(join(folder, 'archive')),
    retention,
    clock: { ...systemClock, now: () => now },
    logger: { ...silentLogger, warn },
  });
}

/** A loop that fails its gate once, is reviewed and proceeds. */
function wholeLoop(): readonly JournalEntry[] {
  const loop = new TestLoop();
  loop.send({ kind: 'start', config: testConfig });
  loop.run({
    agent: (_, role, iteration) => {
      if (role === 'implementer') {
        return {
          ...implementer(iteration === 1 ? 0.6 : 0.93),
          commit: `c${iteration}`,
          files: [{ path: 'src/auth.ts', added: 12, removed: 3 }],
          usage: { input: 100, cachedInput: 40, output: 7 },
          costUsd: 0.02,
        };
      }
      return role === 'validator' ? validator(0.95) : owner('PROCEED');
    },
  });
  return loop.events.map((event, at) => ({ seq: at + 1, event }));
}

describe('the index', () => {
  it('says what became of a loop', async () => {
    const model = index();
    const entries = wholeLoop();
    await model.apply('task-001', entries);
    expect(await model.loops()).toEqual([
      {
        taskId: 'task-001',
        description: 'Implement authentication',
        mode: 'standard',
        state: 'done',
        iteration: 2,
        outcome: 'PROCEED',
        startedAt: 1001,
        updatedAt: 1000 + entries.length,
      },
    ]);
    expect(await model.lastSeq('task-001')).toBe(entries.length);
    expect(await model.lastSeq('another')).toBe(0);
    expect(
      await model.query(
        'SELECT iteration, gate_passed, confidence, consensus_score, decision FROM iterations',
      ),
    ).toEqual([
      { iteration: 1, gate_passed: 0, confidence: 0.6, consensus_score: null, decision: null },
      { iteration: 2, gate_passed: 1, confidence: 0.93, consensus_score: 0.95, decision: 'PROCEED' },
    ]);
    expect(
      await model.query(
        "SELECT iteration, ending, confidence, defaulted, input_tokens, cost_usd FROM attempts WHERE role = 'implementer'",
      ),
    ).toEqual([
      { iteration: 1, ending: 'completed', confidence: 0.6, defaulted: 0, input_tokens: 100, cost_usd: 0.02 },
      {
        iteration: 2,
        ending: 'completed',
        confidence: 0.93,
        defaulted: 0,
        input_tokens: 100,
        cost_usd: 0.02,
      },
    ]);
    expect(await model.query('SELECT count(*) AS n FROM votes')).toEqual([{ n: 3 }]);
    expect(await model.query('SELECT decision, decided_by FROM decisions')).toEqual([
      { decision: 'PROCEED', decided_by: 'product-owner' },
    ]);
    const points = await model.query('SELECT DISTINCT point FROM transfer_points ORDER BY point');
    expect(points.map((row) => row['point'])).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await model.dispose();
  });

  it('[DP-009] keeps what every attempt changed', async () => {
    const model = index();
    await model.apply('task-001', wholeLoop());
    expect(await model.query('SELECT path, commit_id, added, removed FROM artifacts')).toEqual([
      { path: 'src/auth.ts', commit_id: 'c1', added: 12, removed: 3 },
      { path: 'src/auth.ts', commit_id: 'c2', added: 12, removed: 3 },
    ]);
    await model.dispose();
  });

  it('[DP-080] [X-15] has an audit line for every hand-over and decision, with its correlation key', async () => {
    const model = index();
    await model.apply('task-001', wholeLoop());
    const [decision] = await model.query("SELECT * FROM audit_logs WHERE operation = 'DecisionMade'");
    expect(decision).toMatchObject({ actor: 'product-owner', detail: 'PROCEED', archived_at: null });
    expect(decision?.['correlation']).toMatch(/^DecisionMade:iter-2:\d+$/);
    const points = 'SELECT count(*) AS n FROM transfer_points';
    const lines = "SELECT count(*) AS n FROM audit_logs WHERE operation = 'TransferPointWritten'";
    expect(await model.query(lines)).toEqual(await model.query(points));
    await model.dispose();
  });

  it('comes to the same rows whether events arrive at once, one by one or again', async () => {
    const entries = wholeLoop();
    const dump = async (batches: readonly (readonly JournalEntry[])[]) => {
      const model = index();
      for (const batch of batches) await model.apply('task-001', batch);
      const tables = [
        'loops',
        'iterations',
        'attempts',
        'artifacts',
        'votes',
        'decisions',
        'audit_logs',
        'events',
      ];
      const rows = await Promise.all(tables.map((table) => model.query(`SELECT * FROM ${table}`)));
      await rm(path, { force: true });
      return rows;
    };
    const whole = await dump([entries]);
    expect(whole.flat().length).toBeGreaterThan(entries.length);
    expect(await dump(entries.map((entry) => [entry]))).toEqual(whole);
    expect(await dump([entries.slice(0, 20), entries.slice(5), entries])).toEqual(whole);
  });

  it('applies nothing of a batch that has a gap or is no event', async () => {
    const model = index();
    const entries = wholeLoop();
    await expect(model.apply('task-001', entries.slice(3))).rejects.toThrow(/Events 1 to 3/);
    await expect(model.apply('task-001', [entries[0]!, { seq: 2, event: 'nonsense' }])).rejects.toThrow(
      /expected object/,
    );
    expect(await model.lastSeq('task-001')).toBe(0);
    await model.apply('task-001', entries);
    expect(await model.lastSeq('task-001')).toBe(entries.length);
    await model.dispose();
  });

  it('catches up from its snapshot', async () => {
    const entries = wholeLoop();
    const first = index();
    await first.apply('task-001', entries.slice(0, 10));
    await first.dispose();
    const second = index();
    expect(await second.lastSeq('task-001')).toBe(10);
    await second.apply('task-001', entries);
    expect(await second.loops()).toMatchObject([{ state: 'done' }]);
    await second.dispose();
    expect((await readdir(folder)).sort()).toEqual(['index.sqlite', 'index.sqlite.previous']);
  });

  it.each([
    ['is cut', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['is no database', () => Buffer.from('not a database at all')],
    [
      'has damaged pages',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 7)]),
    ],
  ])('starts anew when its snapshot %s', async (_, damage) => {
    const first = index();
    await first.apply('task-001', wholeLoop());
    await first.dispose();
    await writeFile(path, damage(await readFile(path)));
    const warnings: string[] = [];
    const second = index(1_000, (message) => warnings.push(message));
    expect(await second.lastSeq('task-001')).toBe(0);
    expect(warnings).toEqual([expect.stringMatching(/read again from the journals/)]);
    await second.apply('task-001', wholeLoop());
    expect(await second.loops()).toHaveLength(1);
    await second.dispose();
  });

  it('[DP-006] [DP-008] archives audit lines after 90 days and transaction lines after 30', async () => {
    const day = 86_400_000;
    const entries = wholeLoop();
    const first = index(1_000);
    await first.apply('task-001', entries);
    const [before] = await first.query('SELECT count(*) AS n FROM audit_logs');
    await first.dispose();
    const left = async (now: number) => {
      const model = index(now);
      await model.snapshot();
      const count = async (table: string) =>
        (await model.query(`SELECT count(*) AS n FROM ${table}`))[0]?.['n'];
      const counts = { audit: await count('audit_logs'), transactions: await count('transactions') };
      await model.dispose();
      return counts;
    };
    expect(await left(29 * day)).toEqual({ audit: before?.['n'], transactions: 1 });
    expect(await left(31 * day)).toEqual({ audit: before?.['n'], transactions: 0 });
    expect(await left(91 * day)).toEqual({ audit: 0, transactions: 0 });
    const archive = createRowArchive(join(folder, 'archive'));
    expect(await archive.read('transactions-1970-01')).toHaveLength(1);
    const lines = (await archive.read('audit_logs-1970-01')) ?? [];
    expect(lines).toHaveLength(Number(before?.['n']));
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ task_id: 'task-001', operation: 'LoopStarted' });
    // A rebuilt index brings the lines back; they are archived once all the same.
    await rm(path);
    await rm(`${path}.previous`);
    const rebuilt = index(91 * day);
    await rebuilt.apply('task-001', entries);
    await rebuilt.snapshot();
    expect(await rebuilt.query('SELECT count(*) AS n FROM audit_logs')).toEqual([{ n: 0 }]);
    await rebuilt.dispose();
    expect(await archive.read('audit_logs-1970-01')).toEqual(lines);
  });

  it('[DP-006] [DP-008] keeps lines for as many days as were set, and all of them when nobody could tell', async () => {
    const day = 86_400_000;
    const left = async (retention: RowRetention | null) => {
      const model = index(20 * day, undefined, retention);
      await model.apply('task-001', wholeLoop());
      await model.snapshot();
      const [audit] = await model.query('SELECT count(*) AS n FROM audit_logs');
      await model.dispose();
      return Number(audit?.['n']);
    };
    expect(await left(null)).toBeGreaterThan(0);
    expect(await left({ auditDays: 21, transactionDays: 1 })).toBeGreaterThan(0);
    expect(await left({ auditDays: 19, transactionDays: 1 })).toBe(0);
  });

  it('keeps old lines in the index while they cannot be archived', async () => {
    const model = createReadModel({
      snapshotFile: createSnapshotFile(path),
      archive: {
        read: () => Promise.resolve(null),
        write: () => Promise.reject(new Error('the disk is full')),
      },
      retention: RETENTION,
      clock: { ...systemClock, now: () => 91 * 86_400_000 },
      logger: silentLogger,
    });
    await model.apply('task-001', wholeLoop());
    await expect(model.snapshot()).rejects.toThrow(/disk is full/);
    expect((await model.query('SELECT count(*) AS n FROM audit_logs'))[0]?.['n']).toBeGreaterThan(0);
    await model.dispose();
  });

  it('goes on from the snapshot before when the newest is damaged', async () => {
    const entries = wholeLoop();
    const first = index();
    await first.apply('task-001', entries.slice(0, 10));
    await first.snapshot();
    await first.apply('task-001', entries);
    await first.dispose();
    await writeFile(path, (await readFile(path)).subarray(0, 5000));
    const second = index();
    expect(await second.lastSeq('task-001')).toBe(10);
    await second.apply('task-001', entries);
    expect(await second.loops()).toMatchObject([{ state: 'done' }]);
    await second.dispose();
    expect((await readdir(folder)).sort()).toEqual(['index.sqlite', 'index.sqlite.previous']);
  });
});

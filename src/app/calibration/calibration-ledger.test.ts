import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../base/logger.ts';
import { err, ok } from '../../base/result.ts';
import { passing, startedLoop, TestLoop, type Answers } from '../../domain/loop/test-loop.ts';
import type { Integration } from '../../ports/home-git.ts';
import type { LoopStore } from '../../ports/journal.ts';
import { toLoopView } from '../projections/to-loop-view.ts';
import { createCalibrationLedger } from './calibration-ledger.ts';

const merged = (taskId: string, state: Integration['state']) =>
  ({ id: '1', taskId, way: 'merge', state }) as Partial<Integration> as Integration;

function world(loops: Readonly<Record<string, TestLoop>>) {
  const files = new Map<string, unknown>();
  const journalReads: string[] = [];
  const integrations: Integration[] = [];
  const store = {
    list: () => Promise.resolve(Object.keys(loops)),
    exists: () => Promise.resolve(true),
    read: (taskId: string) => {
      journalReads.push(taskId);
      const events = loops[taskId]?.events;
      return Promise.resolve(
        events
          ? ok(events.map((event, at) => ({ seq: at + 1, event })))
          : err({ kind: 'missing' as const, message: 'gone' }),
      );
    },
  } as Partial<LoopStore> as LoopStore;
  const deps = {
    store,
    files: {
      read: (taskId: string, name: string) => Promise.resolve(files.get(`${taskId}/${name}`) ?? null),
      write: (taskId: string, name: string, value: unknown) =>
        Promise.resolve(void files.set(`${taskId}/${name}`, JSON.parse(JSON.stringify(value)))),
      hasRoom: () => Promise.resolve(true),
      remove: () => Promise.resolve(),
    },
    logger: silentLogger,
    repository: { home: { integrations: () => Promise.resolve(integrations) } },
  };
  return { deps, files, journalReads, integrations };
}

const AGENTS: Answers = { agent: passing };
function ended(): TestLoop {
  const loop = startedLoop();
  loop.run(AGENTS);
  return loop;
}
/** The gate of the first iteration failed; the second goes on. */
function underWay(): TestLoop {
  const loop = startedLoop();
  const answers: Answers = { ...AGENTS, evidence: () => ({ status: 'failed' }) };
  while (loop.state?.current?.number !== 2) loop.answer(loop.effects[0]!, answers);
  return loop;
}
const viewOf = ({ state }: TestLoop) => {
  if (!state) throw new Error('The loop did not start');
  return toLoopView(state);
};

describe('the calibration ledger', () => {
  it('reads the journal of an ended loop once, also after a restart', async () => {
    const { deps, journalReads } = world({ one: ended() });
    const ledger = createCalibrationLedger(deps);
    const entries = await ledger.read();
    expect(entries).toMatchObject([
      { preset: 'demo', role: 'implementer', runs: 1, held: 1 },
      { preset: 'demo', role: 'validator', runs: 0, unjudged: 3 },
    ]);
    expect(await ledger.read()).toStrictEqual(entries);
    expect(await createCalibrationLedger(deps).read()).toStrictEqual(entries);
    expect(journalReads).toStrictEqual(['one']);
  });

  it('reads it again once a person judged the result otherwise', async () => {
    const { deps, journalReads, integrations } = world({ one: ended() });
    const ledger = createCalibrationLedger(deps);
    await ledger.read();
    integrations.push(merged('ONE', 'done'));
    expect(await ledger.read()).toMatchObject([{ held: 1 }, { role: 'validator', runs: 3, held: 3 }]);
    integrations[0] = merged('one', 'undone');
    expect(await ledger.read()).toMatchObject([{ held: 0 }, { role: 'validator', runs: 3, held: 0 }]);
    expect(journalReads).toHaveLength(3);
  });

  it('reads a loop that goes on each time, and passes over one that cannot be read', async () => {
    const loop = underWay();
    const { deps, journalReads, files } = world({ one: loop, lost: new TestLoop() });
    const ledger = createCalibrationLedger(deps);
    expect(await ledger.read()).toMatchObject([{ runs: 1, held: 0 }]);
    loop.run(AGENTS);
    expect(await ledger.read()).toMatchObject([{ runs: 2, held: 1 }, { role: 'validator' }]);
    expect(journalReads.filter((taskId) => taskId === 'one')).toHaveLength(2);
    expect([...files.keys()]).toStrictEqual(['one/calibration']);
  });

  it('reads journals again for what an earlier version counted otherwise', async () => {
    const { deps, files, journalReads } = world({ one: ended() });
    files.set('one/calibration', { version: 0, verdict: null, predictions: [] });
    expect(await createCalibrationLedger(deps).read()).toHaveLength(2);
    expect(journalReads).toStrictEqual(['one']);
  });

  it('marks agents of views with what is known of their like', async () => {
    const loop = ended();
    const { deps } = world({ one: loop });
    const ledger = createCalibrationLedger(deps);
    const view = viewOf(loop);
    expect(ledger.marked(view)).toBe(view);
    await ledger.read();
    const figures = ledger.marked(view).agents.map(({ role, calibration }) => [role, calibration?.runs]);
    // Of validators nothing was judged, and the product owner claimed nothing.
    expect(figures).toStrictEqual([
      ['implementer', 1],
      ['validator', undefined],
      ['validator', undefined],
      ['validator', undefined],
      ['product-owner', undefined],
    ]);
  });

  it('reads nothing while views change and nobody asked for figures; then at outcomes alone', async () => {
    const loop = underWay();
    const { deps, journalReads } = world({ one: loop });
    const ledger = createCalibrationLedger(deps);
    expect(await ledger.seen(viewOf(loop))).toBe(false);
    expect(journalReads).toHaveLength(0);

    await ledger.read();
    expect(await ledger.seen(viewOf(loop))).toBe(false);
    expect(journalReads).toHaveLength(1);
    loop.run(AGENTS);
    expect(await ledger.seen(viewOf(loop))).toBe(true);
    expect(await ledger.seen(viewOf(loop))).toBe(false);
    expect(journalReads).toHaveLength(2);
  });
});

import { describe, expect, it } from 'vitest';
import { TestLoop } from '../../domain/loop/test-loop.ts';
import type { Integration } from '../../ports/home-git.ts';
import { createCalibrationLedger } from './calibration-ledger.ts';
import { AGENTS, ended, underWay, viewOf, world } from './test-world.ts';

const merged = (taskId: string, state: Integration['state']) =>
  ({ id: '1', taskId, way: 'merge', state }) as Partial<Integration> as Integration;

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

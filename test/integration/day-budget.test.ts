import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDayBudget } from '../../src/adapters/journal/day-budget.ts';
import { createProcesses } from '../../src/adapters/journal/process-identity.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { DayReservation } from '../../src/ports/day-budget.ts';

let folder: string;
let offset = 0;
let limit: number | null = 1;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-day-'));
  [offset, limit] = [0, 1];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const SIGNAL = new AbortController().signal;
/** Each is a process of its own to the others: they share the folder alone. */
const budget = () =>
  createDayBudget({
    folder: join(folder, 'spending'),
    limit: () => Promise.resolve(limit),
    processes: createProcesses(),
    clock: { ...systemClock, now: () => Date.now() + offset },
  });
async function taken(name: string, usd: number | null): Promise<DayReservation> {
  const request = { folder: name, usd, passed: null, started: false };
  const reserved = await budget().reserve(request, () => undefined, SIGNAL);
  if ('day' in reserved) throw new Error(`${name} was refused`);
  return reserved;
}

describe('the budget of a day', () => {
  it('is shared, kept while agents run, and reached once what they told leaves too little', async () => {
    const one = await taken('one', 0.4);
    const two = await taken('two', 0.4);
    await one.started();
    await two.started();
    expect(await budget().standing()).toMatchObject({ spentUsd: 0, heldUsd: 0.8, limitUsd: 1 });
    // What is set aside may be more than it will cost, so the third waits for an end.
    let waited = 0;
    const request = { folder: 'three', usd: 0.4, passed: null, started: false };
    const third = budget().reserve(
      request,
      () => {
        waited += 1;
        if (waited === 1) void one.settle(0.1);
      },
      SIGNAL,
    );
    const three = await third;
    expect(waited).toBeGreaterThan(0);
    if ('day' in three) throw new Error('refused');
    await three.settle(null);
    await two.settle(0.4);
    expect((await budget().standing())?.spentUsd).toBeCloseTo(0.9);
    const refused = await budget().reserve({ ...request, folder: 'four' }, () => undefined, SIGNAL);
    expect(refused).toMatchObject({ limitUsd: 1, usd: 0.4 });
    if (!('day' in refused)) throw new Error('taken');
    const passed = { ...request, folder: 'four', passed: refused.day };
    expect(await budget().reserve(passed, () => undefined, SIGNAL)).not.toHaveProperty('day');
    // The next day, and with a higher limit, there is room.
    offset = 86_400_000;
    await budget().room(refused, SIGNAL);
    offset = 0;
    limit = 10;
    await budget().room(refused, SIGNAL);
  });

  it('counts nothing of what was never started, and keeps nothing of earlier days', async () => {
    await (await taken('never', 0.9)).drop();
    expect((await budget().standing())?.heldUsd).toBe(0);
    await (await taken('old', 0.9)).settle(0.9);
    offset = 86_400_000;
    await taken('new', 0.9);
    expect(await readdir(join(folder, 'spending'))).toEqual([expect.stringMatching(/\.json$/), 'lock']);
  });

  it('gives back what a run has that is taken up only to be ended', async () => {
    await (await taken('one', 0.4)).started();
    for (const usual of [limit, null]) {
      limit = usual;
      const request = { folder: 'one', usd: 0.4, passed: null, started: true };
      const again = await budget().reserve(request, () => undefined, AbortSignal.abort());
      expect(again).not.toHaveProperty('day');
    }
  });

  it('keeps no books without a limit', async () => {
    limit = null;
    await (await taken('free', 5)).settle(5);
    expect(await budget().standing()).toBeNull();
  });
});

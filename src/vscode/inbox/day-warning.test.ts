import { expect, it } from 'vitest';
import { Emitter } from '../../base/emitter.ts';
import type { DayStanding } from '../../ports/day-budget.ts';
import { nearlySpentDay, watchDay } from './day-warning.ts';

const standing = (spentUsd: number, change: Partial<DayStanding> = {}): DayStanding => ({
  day: '2026-11-27',
  spentUsd,
  heldUsd: 0,
  limitUsd: 5,
  ...change,
});

it('is nearly spent from 80 % of a limit on', () => {
  expect(
    [null, standing(3.99), standing(4), standing(9), standing(0, { limitUsd: 0 })].map(nearlySpentDay),
  ).toEqual([null, null, '2026-11-27/5', '2026-11-27/5', null]);
});

it('is told once for a day and its limit, and asked for only when something was spent', async () => {
  const changed = new Emitter<void>();
  const shown: number[] = [];
  const now = { standing: standing(1), spent: 0, asked: 0, told: '' };
  watchDay({
    onChange: changed.event,
    spentUsd: () => now.spent,
    today: () => {
      now.asked += 1;
      return Promise.resolve(now.standing);
    },
    told: { get: () => now.told, set: (name) => (now.told = name) },
    show: ({ spentUsd }) => shown.push(spentUsd),
  });
  const change = async (spent: number, next: DayStanding): Promise<void> => {
    Object.assign(now, { spent, standing: next });
    changed.fire();
    await Promise.resolve().then(() => undefined);
  };
  await change(0, standing(4));
  expect(now.asked).toBe(0);
  await change(1, standing(1));
  await change(4, standing(4));
  await change(4.5, standing(4.5));
  await change(5, standing(5, { limitUsd: 10 }));
  await change(8.5, standing(8.5, { limitUsd: 10 }));
  await change(9, standing(8.2, { limitUsd: 10, day: '2026-11-28' }));
  expect(shown).toEqual([4, 8.5, 8.2]);
});

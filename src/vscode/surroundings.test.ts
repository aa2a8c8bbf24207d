import { expect, it } from 'vitest';
import { createSurroundings } from './surroundings.ts';

it('remembers since when the store is lost, however often that is told, and forgets it when it is back', () => {
  const time = { now: 1000 };
  const around = createSurroundings(() => time.now);
  let told = 0;
  around.surroundings.onChange(() => (told += 1));
  around.heard({ serving: false, behind: 'redis:6379', problem: 'gone' });
  time.now = 5000;
  around.heard({ serving: false, behind: 'redis:6379', problem: 'still gone' });
  expect(around.surroundings.storeLost).toEqual({ since: 1000, behind: 'redis:6379', problem: 'still gone' });
  around.heard({ serving: true, behind: 'redis:6379', problem: '' });
  expect(around.surroundings.storeLost).toBeNull();
  expect(told).toBe(3);
});

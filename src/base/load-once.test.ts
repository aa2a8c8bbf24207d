import { expect, it } from 'vitest';
import { loadOnce } from './load-once.ts';

it('loads once for all who ask, also at the same time', async () => {
  let loads = 0;
  const part = loadOnce(() => Promise.resolve(++loads));
  expect(await Promise.all([part.get(), part.get()])).toEqual([1, 1]);
  expect(await part.get()).toBe(1);
});

it('tries again after a failure, which all who waited are told', async () => {
  let loads = 0;
  const part = loadOnce(() =>
    ++loads === 1 ? Promise.reject(new Error('no such file')) : Promise.resolve(loads),
  );
  const waiting = [part.get(), part.get()];
  for (const each of waiting) await expect(each).rejects.toThrow('no such file');
  expect(await part.get()).toBe(2);
});

it('acts on what is there or on its way, and loads nothing for it', async () => {
  let loads = 0;
  const part = loadOnce(() => Promise.resolve(++loads));
  const seen: number[] = [];
  part.ifLoaded((loaded) => seen.push(loaded));
  expect([loads, seen]).toEqual([0, []]);
  const loading = part.get();
  part.ifLoaded((loaded) => seen.push(loaded));
  await loading;
  expect(seen).toEqual([1]);
});

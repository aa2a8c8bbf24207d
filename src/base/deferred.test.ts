import { expect, it } from 'vitest';
import { deferred } from './deferred.ts';

it('resolves from outside', async () => {
  const { promise, resolve } = deferred<number>();
  resolve(7);
  await expect(promise).resolves.toBe(7);
});

it('rejects from outside', async () => {
  const { promise, reject } = deferred<number>();
  reject(new Error('gone'));
  await expect(promise).rejects.toThrow('gone');
});

it('keeps its first outcome', async () => {
  const { promise, resolve, reject } = deferred<number>();
  resolve(1);
  resolve(2);
  reject(new Error('late'));
  await expect(promise).resolves.toBe(1);
});

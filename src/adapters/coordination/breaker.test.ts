import { expect, it, vi } from 'vitest';
import { err, ok } from '../../base/result.ts';
import type { Coordination, Restored } from '../../ports/coordination.ts';
import { Emitter } from '../../base/emitter.ts';
import { withBreaker } from './breaker.ts';

const down = err({ kind: 'unavailable', message: 'no answer' } as const);
const refused = err({ kind: 'rejected', message: 'WRONGTYPE' } as const);

function store(...answers: readonly (typeof down | typeof refused | ReturnType<typeof ok<null>>)[]) {
  const rest = [...answers];
  const get = vi.fn<Coordination['get']>(() => Promise.resolve(rest.shift() ?? ok(null)));
  const restored = new Emitter<Restored>();
  return { get, restored, coordination: { get, onRestored: restored.event } as unknown as Coordination };
}

it('[DP-110] [X-13] stops asking after three failures in a row, and says so', async () => {
  const { coordination, get } = store(down, down, down);
  const guarded = withBreaker(coordination, { waitsMs: [60_000] });
  for (let call = 0; call < 3; call += 1) expect(await guarded.get('k')).toBe(down);
  expect(await guarded.get('k')).toEqual(
    err({ kind: 'unavailable', message: '[ERROR] Circuit breaker: Too many failures' }),
  );
  expect(get).toHaveBeenCalledTimes(3);
});

it('tries again after the wait, and goes on when the store answers', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { coordination, get } = store(down, down, down, ok(null), ok(null));
  const guarded = withBreaker(coordination, { waitsMs: [1000] });
  for (let call = 0; call < 4; call += 1) await guarded.get('k');
  expect(get).toHaveBeenCalledTimes(3);
  vi.setSystemTime(Date.now() + 1001);
  expect(await guarded.get('k')).toEqual(ok(null));
  expect(await guarded.get('k')).toEqual(ok(null));
  vi.useRealTimers();
});

it('counts failures in a row alone, and no refusals by a living store', async () => {
  const { coordination, get } = store(down, down, ok(null), down, refused, refused, refused, refused);
  const guarded = withBreaker(coordination);
  for (let call = 0; call < 8; call += 1) await guarded.get('k');
  expect(get).toHaveBeenCalledTimes(8);
});

it('[DP-110] tries at once when the store says that it is back', async () => {
  const { coordination, get, restored } = store(down, down, down, ok(null));
  const guarded = withBreaker(coordination, { waitsMs: [60_000] });
  for (let call = 0; call < 4; call += 1) await guarded.get('k');
  expect(get).toHaveBeenCalledTimes(3);
  restored.fire({ emptied: false });
  expect(await guarded.get('k')).toEqual(ok(null));
});

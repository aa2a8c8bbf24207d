import { describe, expect, it } from 'vitest';
import type { Clock } from '../base/clock.ts';
import { createThrottle } from './throttle.ts';

/** Time that stands still until it is moved on. */
function stoppedClock() {
  let wake: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        wake.push(resolve);
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      }),
  };
  const tick = async () => {
    const due = wake;
    wake = [];
    for (const resume of due) resume();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, tick };
}

describe('a throttle', () => {
  it('delivers the first value at once, then the newest once for each interval', async () => {
    const { clock, tick } = stoppedClock();
    const got: number[] = [];
    const throttle = createThrottle<number>(100, clock, (value) => got.push(value));
    for (const value of [1, 2, 3]) throttle.push('a', value);
    expect(got).toEqual([1]);
    await tick();
    expect(got).toEqual([1, 3]);
    await tick();
    throttle.push('a', 4);
    expect(got).toEqual([1, 3, 4]);
  });

  it('keeps keys apart, and flushes what it holds back', () => {
    const { clock } = stoppedClock();
    const got: string[] = [];
    const throttle = createThrottle<string>(100, clock, (value) => got.push(value));
    for (const value of ['a1', 'a2']) throttle.push('a', value);
    throttle.push('b', 'b1');
    throttle.flush('a');
    expect(got).toEqual(['a1', 'b1', 'a2']);
  });

  it('delivers nothing any more once it is disposed', async () => {
    const { clock, tick } = stoppedClock();
    const got: number[] = [];
    const throttle = createThrottle<number>(100, clock, (value) => got.push(value));
    for (const value of [1, 2]) throttle.push('a', value);
    throttle.dispose();
    await tick();
    throttle.push('a', 3);
    expect(got).toEqual([1]);
  });
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { coalesce } from './coalesce.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('does the work once for many askings, and again for those that come later', () => {
  const work = vi.fn<() => void>();
  const { soon } = coalesce(100, work);
  soon();
  soon();
  expect(work).not.toHaveBeenCalled();
  vi.advanceTimersByTime(100);
  expect(work).toHaveBeenCalledTimes(1);
  soon();
  vi.advanceTimersByTime(100);
  expect(work).toHaveBeenCalledTimes(2);
});

it('does nothing after its end', () => {
  const work = vi.fn<() => void>();
  const coalesced = coalesce(100, work);
  coalesced.soon();
  coalesced.dispose();
  vi.advanceTimersByTime(1000);
  expect(work).not.toHaveBeenCalled();
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Core } from '../app/core.ts';
import type { HealthSummary } from '../app/health/health-summary.ts';
import { Emitter } from '../base/emitter.ts';
import { silentLogger } from '../base/logger.ts';
import { createHealthWatch } from './health.ts';
import type { Loops } from './loops.ts';
import { loopView } from './test-views.ts';

const summary = (state: HealthSummary['state']): HealthSummary => ({
  store: state === 'degraded' ? 'silent' : 'answers',
  latencyMs: null,
  indexExists: true,
  healthy: state === 'healthy',
  state,
  message: state,
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('[DP-123] looks while a loop is in progress, tells each change once, and finds the repository once', async () => {
  const asked = { monitoring: 0, summary: 0 };
  const storeChanged = new Emitter<void>();
  let now: HealthSummary = summary('healthy');
  let views = [loopView({ outcome: null })];
  const core = {
    monitoring: () => {
      asked.monitoring += 1;
      const look = () => {
        asked.summary += 1;
        return Promise.resolve(now);
      };
      return Promise.resolve({ summary: look });
    },
  } as unknown as Core;
  const loops = {
    state: 'ready',
    folder: { fsPath: '/repo' },
    views: () => views,
    core: () => Promise.resolve(core),
    onStoreChange: storeChanged.event,
  } as unknown as Loops;
  const watch = createHealthWatch(loops, silentLogger);
  const told: string[] = [];
  watch.onChange((one) => void told.push(one.state));

  await vi.advanceTimersByTimeAsync(0);
  storeChanged.fire();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.summary).toBe(1);
  asked.summary = 0;
  await vi.advanceTimersByTimeAsync(60_000);
  now = summary('degraded');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(['healthy', 'degraded']);
  expect(watch.current?.state).toBe('degraded');
  expect(asked).toEqual({ monitoring: 1, summary: 4 });

  // The loop ends: what was told is taken back, and then nobody looks any more.
  views = [];
  now = summary('idle');
  await vi.advanceTimersByTimeAsync(120_000);
  expect(told).toEqual(['healthy', 'degraded', 'idle']);
  expect(asked.summary).toBe(5);
  watch.dispose();
});

import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { containerState, coresInUse, memoryInUse, type ContainerSample } from './usage.ts';

const sample = (at: number, cpuMs: number, before: ContainerSample['before'] = null): ContainerSample => ({
  at,
  cpuMs,
  before,
  memoryBytes: null,
  memoryLimitBytes: null,
});

it('counts the cores in use between two samples, the engine’s own pair first', () => {
  expect(coresInUse(sample(2000, 500), { at: 1000, cpuMs: 0 })).toBe(0.5);
  expect(coresInUse(sample(2000, 500, { at: 1900, cpuMs: 400 }), { at: 1000, cpuMs: 0 })).toBe(1);
  expect(coresInUse(sample(2000, 500), null)).toBeNull();
  // It was started again, or the clock was set back.
  expect(coresInUse(sample(2000, 5), { at: 1000, cpuMs: 500 })).toBeNull();
  expect(coresInUse(sample(1000, 500), { at: 1000, cpuMs: 0 })).toBeNull();
});

it('never tells of less than no cores', () => {
  const number = fc.nat(1e9);
  fc.assert(
    fc.property(number, number, number, number, (at, cpuMs, beforeAt, beforeCpu) => {
      const cores = coresInUse(sample(at, cpuMs), { at: beforeAt, cpuMs: beforeCpu });
      expect(cores ?? 0).toBeGreaterThanOrEqual(0);
      expect(cores ?? 0).toBeLessThan(Infinity);
    }),
  );
});

it('leaves the page cache out of the memory, by either version of cgroups', () => {
  expect(memoryInUse({ usage: 100 })).toBe(100);
  expect(memoryInUse({ usage: 100, total_inactive_file: 30 })).toBe(70);
  expect(memoryInUse({ usage: 100, inactive_file: 40 })).toBe(60);
  expect(memoryInUse({ usage: 100, total_inactive_file: 0, inactive_file: 40 })).toBe(100);
  expect(memoryInUse({ usage: 100, inactive_file: 400 })).toBe(100);
});

it('takes the words of Docker and Podman', () => {
  const words = ['created', 'initialized', 'running', 'paused', 'exited', 'dead', 'removing', 'stopped'];
  expect(words.map(containerState)).toEqual([
    'created',
    'created',
    'running',
    'paused',
    'exited',
    'exited',
    'exited',
    'exited',
  ]);
});

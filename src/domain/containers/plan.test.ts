import { describe, expect, it } from 'vitest';
import { containerLimits, containerName, parseMemory } from './plan.ts';

describe('parseMemory', () => {
  it.each([
    ['512m', 512 * 1024 ** 2],
    ['1g', 1024 ** 3],
    ['1G', 1024 ** 3],
    ['1.5gb', 1.5 * 1024 ** 3],
    ['10485760', 10_485_760],
    ['8192k', 8192 * 1024],
  ])('reads %s', (text, bytes) => expect(parseMemory(text)).toBe(bytes));

  it.each(['', 'lots', '1t', '-1g', '1m', '1 g b', '0x10m', 'Infinity'])('refuses %j', (text) =>
    expect(parseMemory(text)).toBeNull(),
  );
});

it('[X-11] promises half of the memory, and no more than it limits', () => {
  for (const mode of ['mvp', 'standard', 'enterprise'] as const) {
    const { memoryBytes, memoryReservationBytes, tmpfsBytes } = containerLimits(mode);
    expect(memoryReservationBytes).toBe(memoryBytes / 2);
    expect(tmpfsBytes).toBeLessThan(memoryBytes);
  }
});

it('[SI-062] names a container by its agent and its task', () => {
  expect(containerName('api-1', 'fix-login')).toBe('cfn-agent-api-1-fix-login');
});

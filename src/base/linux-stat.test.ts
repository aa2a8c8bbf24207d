import { describe, expect, it } from 'vitest';
import { readLinuxStat } from './linux-stat.ts';

const line = (state: string, threads: number): string =>
  `4242 (we (i) rd) ${state} 17 4240 4239 0 -1 4194304 1 2 3 4 120 30 40 10 20 0 ${threads} 0 987654 1 2 3 4`;

describe('a line of /proc/<pid>/stat', () => {
  it('is read although the name holds blanks and brackets', () => {
    expect(readLinuxStat(line('S', 1))).toEqual({
      pid: 4242,
      parent: 17,
      group: 4240,
      startTicks: '987654',
      cpuTicks: 200,
    });
  });

  it.each(['Z', 'X'])('with state %s is that of an ended process, unless other threads live', (state) => {
    expect(readLinuxStat(line(state, 1))).toBe('ended');
    expect(readLinuxStat(line(state, 0))).toBe('ended');
    expect(readLinuxStat(line(state, 2))).toMatchObject({ pid: 4242, startTicks: '987654' });
  });

  it.each(['', '4242 (cut', '4242 (cut) S 1 2'])('is not what was cut: %s', (text) => {
    expect(readLinuxStat(text)).toBeNull();
  });
});

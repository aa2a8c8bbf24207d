import { describe, expect, it } from 'vitest';
import { createProcesses } from './process-identity.ts';

const here = process.pid;

describe('whether a process is the one that was written down', () => {
  it('is asked of ps on macOS: alive, used again, a zombie, silent', async () => {
    const answers = new Map([['now', `Ss   Sat Nov 21 09:03:09 2026\n`]]);
    const processes = createProcesses({
      platform: 'darwin',
      ask: () => Promise.resolve(answers.get('now') ?? ''),
    });
    const self = await processes.self();
    expect(self).toEqual({ pid: here, startTime: 'Sat Nov 21 09:03:09 2026', machine: '' });
    expect(await processes.state(self)).toBe('alive');
    answers.set('now', 'R+   Sat Nov 21 10:00:00 2026\n');
    expect(await processes.state(self)).toBe('gone');
    answers.set('now', 'Z    Sat Nov 21 09:03:09 2026\n');
    expect(await processes.state(self)).toBe('gone');
    answers.set('now', '');
    expect(await processes.state(self)).toBe('unknown');
  });

  it('is asked of PowerShell on Windows, which may fail', async () => {
    const asked: string[] = [];
    const ticks = createProcesses({
      platform: 'win32',
      ask: (program, args) => {
        asked.push(`${program} ${args.at(-1) ?? ''}`);
        return Promise.resolve('638995394123456789\r\n');
      },
    });
    const self = await ticks.self();
    expect(self).toEqual({ pid: here, startTime: '638995394123456789', machine: '' });
    expect(asked[0]).toMatch(new RegExp(`^[A-Z]:.*powershell\\.exe .*-Id ${here}\\)`));
    const failing = createProcesses({ platform: 'win32', ask: () => Promise.reject(new Error('no')) });
    expect(await failing.state(self)).toBe('unknown');
  });
});

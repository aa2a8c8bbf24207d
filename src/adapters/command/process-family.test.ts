import { describe, expect, it } from 'vitest';
import { endWindowsTree, parseWindowsList, windowsFamily } from './process-family.ts';

/** pid, parent and birth, as PowerShell prints them. */
const LIST = [
  '4 0 100',
  '700 4 200',
  '5000 700 1000',
  '5001 5000 1010',
  '5002 5001 1020',
  '6000 5000 900',
  '',
].join('\r\n');
const processes = parseWindowsList(LIST);
const root = { pid: 5000, startedAt: 1000, exited: false };

describe('the processes of a command on Windows', () => {
  it('are itself and what descends from it, but nothing that is older than its parent', () => {
    expect(windowsFamily(processes, root)).toEqual([5000, 5001, 5002]);
  });

  it('are found when their parents are gone', () => {
    const left = processes.filter(({ pid }) => pid !== 5000);
    expect(windowsFamily(left, { ...root, exited: true })).toEqual([5001, 5002]);
  });

  it('are not those of a stranger that got the number of the command', () => {
    const reused = parseWindowsList(
      ['5000 700 3000', '5001 5000 1010', '5002 5001 1020', '5003 5000 3010'].join('\n'),
    );
    expect(windowsFamily(reused, { ...root, exited: true })).toEqual([5001, 5002]);
  });

  it('are nothing where PowerShell says nothing', () => {
    expect(parseWindowsList('')).toEqual([]);
    expect(parseWindowsList('Get-CimInstance : Access denied\r\n')).toEqual([]);
    expect(windowsFamily([], root)).toEqual([]);
  });

  it('are ended by one taskkill, and by none when there are none', async () => {
    const calls: string[] = [];
    const run = (list: string) => (program: string, args: readonly string[]) => {
      calls.push([program.split('\\').at(-1), ...args].join(' '));
      return Promise.resolve(program.includes('powershell') ? list : '');
    };
    await endWindowsTree(root, run(LIST));
    expect(calls[0]).toContain('powershell.exe -NoProfile -NonInteractive');
    expect(calls[1]).toBe('taskkill.exe /T /F /PID 5000 /PID 5001 /PID 5002');
    await endWindowsTree({ ...root, exited: true }, run('4 0 100'));
    expect(calls).toHaveLength(3);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { darwinTable, parsePs, parsePsCarriers, parsePsTime } from './process-table-darwin.ts';
import { parseLinuxStat } from './process-table-linux.ts';
import { parseCimProcesses, windowsTable } from './process-table-windows.ts';
import { createProcessTable, isAlive } from './process-table.ts';

describe('process tables', () => {
  it('reads a Linux stat line whose command holds blanks and parentheses', () => {
    const stat =
      '4242 (we (i) rd) S 17 4240 4239 0 -1 4194304 1 2 3 4 120 30 40 10 20 0 1 0 987654 1 2 3 4 5 6 7 8 9';
    expect(parseLinuxStat(stat, 'abcd')).toEqual({
      pid: 4242,
      ppid: 17,
      group: 4240,
      startTime: 'abcd:987654',
      born: 987654,
      cpuMs: 2000,
    });
    expect(parseLinuxStat(stat.replace(') S', ') Z'), 'abcd')).toBeNull();
    expect(parseLinuxStat('', 'abcd')).toBeNull();
  });

  it('reads what ps of macOS prints', () => {
    const output = [
      '    1     0     1 Ss   Sat Nov 21 08:00:01 2026      1:02.50',
      ' 4242    17  4240 S+   Sat Nov 21 09:03:09 2026   1:00:00.25',
      ' 4243  4242  4240 Z    Sat Nov 21 09:03:10 2026      0:00.00',
      '',
    ].join('\n');
    const entries = parsePs(output);
    expect(entries.map(({ pid, ppid, group, cpuMs }) => [pid, ppid, group, cpuMs])).toEqual([
      [1, 0, 1, 62_500],
      [4242, 17, 4240, 3_600_250],
    ]);
    expect(entries[1]?.startTime).toBe('Sat Nov 21 09:03:09 2026');
    expect(entries[1]?.born).toBeGreaterThan(entries[0]?.born ?? Infinity);
    expect(parsePsTime('2-01:00:00')).toBe(176_400_000);
    const carriers = '  7 node a.js HOME=/u CFN_RUN_TOKEN=abc LANG=C\n 8 node b.js CFN_RUN_TOKEN=abcd\n';
    expect([...parsePsCarriers(carriers, 'abc')]).toEqual([7]);
  });

  it('reads what PowerShell prints about Windows processes', () => {
    const csv = [
      '"ProcessId","ParentProcessId","Born","KernelModeTime","UserModeTime"',
      '"0","0","0","81250000","0"',
      '"5120","780","134109876543210000","312500","1562500"',
      '',
    ].join('\r\n');
    expect(parseCimProcesses(csv)[1]).toEqual({
      pid: 5120,
      ppid: 780,
      group: null,
      startTime: '134109876543210000',
      born: 134109876543210000,
      cpuMs: 188,
    });
  });

  it('asks PowerShell by its whole path about one process, and by a filter that is a number', async () => {
    const asked: string[][] = [];
    const table = windowsTable((program, args) => {
      asked.push([program, ...args]);
      return Promise.resolve(
        '"ProcessId","ParentProcessId","Born","KernelModeTime","UserModeTime"\r\n"7","1","134","0","0"\r\n',
      );
    });
    expect(await table.startTime(7)).toBe('134');
    expect(await table.list()).toMatchObject([{ pid: 7, ppid: 1, group: null }]);
    expect([...(await table.carriers('token'))]).toEqual([]);
    expect(asked[0]?.[0]).toMatch(/^[A-Z]:\\.*\\powershell\.exe$/);
    expect(asked[0]?.at(-1)).toContain('Get-CimInstance Win32_Process -Filter "ProcessId=7"');
    expect(await windowsTable(() => Promise.resolve('')).startTime(7)).toBeNull();
  });

  it('asks ps on macOS in the C locale and in UTC, whatever the user speaks', async () => {
    const asked: unknown[] = [];
    const table = darwinTable((program, args, env) => {
      asked.push([program, args[0], env]);
      return Promise.resolve(' 4242    17  4240 S+   Sat Nov 21 09:03:09 2026   0:00.25\n');
    });
    expect(await table.startTime(4242)).toBe('Sat Nov 21 09:03:09 2026');
    expect(await table.list()).toMatchObject([{ pid: 4242, ppid: 17, group: 4240, cpuMs: 250 }]);
    const env = { LC_ALL: 'C', TZ: 'UTC' };
    expect(asked).toEqual([
      ['ps', '-o', env],
      ['ps', '-axo', env],
    ]);
  });

  it('sees a living child with its token and no longer when it is gone', async () => {
    const table = createProcessTable();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000); console.log(1)'], {
      env: { ...process.env, CFN_RUN_TOKEN: 'token-of-this-test' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    const pid = child.pid ?? -1;
    const startTime = await table.startTime(pid);
    expect(startTime).not.toBeNull();
    const identity = { pid, startTime: startTime ?? '' };
    expect(await isAlive(table, identity)).toBe(true);
    expect(await isAlive(table, { pid, startTime: 'another' })).toBe(false);
    const entry = (await table.list()).find((found) => found.pid === pid);
    expect(entry).toMatchObject({ ppid: process.pid, startTime });
    const carriers = [...(await table.carriers('token-of-this-test'))];
    // Windows shows no process the environment of another.
    expect(carriers.includes(pid)).toBe(process.platform !== 'win32');
    expect([...(await table.carriers('token-of'))]).not.toContain(pid);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await isAlive(table, identity)).toBe(false);
  });
});

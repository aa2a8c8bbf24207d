import { describe, expect, it } from 'vitest';
import type { ProcessEntry, ProcessTable } from './process-entry.ts';
import { createProcessTree } from './process-tree.ts';

const entry = (pid: number, ppid: number, change: Partial<ProcessEntry> = {}): ProcessEntry => ({
  pid,
  ppid,
  group: pid,
  startTime: `t${pid}`,
  born: pid,
  cpuMs: 0,
  ...change,
});

/** A table whose processes the test names; nothing here is a process of this machine. */
function treeOver(
  platform: NodeJS.Platform,
  carriers: readonly number[] = [],
  run: (program: string, args: readonly string[]) => Promise<string> = () => Promise.resolve(''),
) {
  let entries: readonly ProcessEntry[] = [];
  const table: ProcessTable = {
    list: async () => entries,
    startTime: async (pid) => entries.find((one) => one.pid === pid)?.startTime ?? null,
    carriers: async () => new Set(carriers),
  };
  const tree = createProcessTree({ table, token: 'token', spare: () => [900_003], platform, run });
  return {
    tree,
    set: (...now: ProcessEntry[]) => (entries = now),
    members: async () => (await tree.refresh()).map(({ pid }) => pid).sort((a, b) => a - b),
    swept: async () => (await tree.sweep()).map(({ pid }) => pid).sort((a, b) => a - b),
  };
}

describe('the tree of an agent', () => {
  it('holds descendants, and keeps those whose parent is gone', async () => {
    const { tree, set, members } = treeOver('linux');
    tree.adopt({ pid: 900_001, startTime: 't900001' });
    set(entry(900_001, 1), entry(900_002, 900_001), entry(900_004, 900_002), entry(900_005, 1));
    expect(await members()).toEqual([900_001, 900_002, 900_004]);
    set(entry(900_004, 1), entry(900_005, 1));
    expect(await members()).toEqual([900_004]);
  });

  it('never takes a process that got the pid of a dead one', async () => {
    const { tree, set, members } = treeOver('linux');
    tree.adopt({ pid: 900_001, startTime: 't900001' });
    set(entry(900_001, 1, { startTime: 'later' }), entry(900_002, 900_001));
    expect(await members()).toEqual([]);
  });

  it('finds what carries the token, but neither the guard nor ourselves', async () => {
    const carriers = [900_002, 900_003, process.pid];
    const { set, members, swept } = treeOver('linux', carriers);
    set(entry(900_002, 1), entry(900_003, 1), entry(900_006, 900_002), entry(process.pid, 1, { born: 1 }));
    expect(await members()).toEqual([]);
    expect(await swept()).toEqual([900_002, 900_006]);
  });

  it('on Windows goes by a dead parent only while nobody else has its pid, and never to older processes', async () => {
    const { tree, set, members } = treeOver('win32');
    tree.adopt({ pid: 900_010, startTime: 't900010' });
    set(entry(900_011, 900_010, { group: null }), entry(900_012, 900_011, { group: null, born: 5 }));
    expect(await members()).toEqual([900_011]);
    set(entry(900_010, 1, { startTime: 'later' }), entry(900_013, 900_010, { group: null }));
    expect(await members()).toEqual([]);
  });

  it('on macOS goes by the group of a dead root', async () => {
    const { tree, set, members } = treeOver('darwin');
    tree.adopt({ pid: 900_020, startTime: 't900020' });
    set(entry(900_021, 1, { group: 900_020 }), entry(900_022, 1));
    expect(await members()).toEqual([900_021]);
  });

  it('on Windows is ended by taskkill, which gets only what lives under its start time, until nothing is left', async () => {
    const calls: string[][] = [];
    const { tree, set } = treeOver('win32', [], (program, args) => {
      calls.push([program, ...args]);
      // The second one resists the first time.
      if (calls.length === 1) set(entry(900_031, 900_030, { group: null }));
      else set(entry(900_030, 1, { startTime: 'another' }));
      return Promise.resolve('');
    });
    tree.adopt({ pid: 900_030, startTime: 't900030' });
    set(
      entry(900_030, 1, { group: null }),
      entry(900_031, 900_030, { group: null }),
      entry(900_039, 1, { group: null }),
    );
    expect(await tree.end({ signal: 'SIGTERM', graceMs: 0 })).toEqual([]);
    expect(calls.map(([program]) => program)).toEqual(
      calls.map(() => expect.stringMatching(/^[A-Z]:.*\\System32\\taskkill\.exe$/)),
    );
    expect(calls.map(([, ...args]) => args.join(' '))).toEqual([
      expect.stringMatching(/^\/T \/F (?=.*\/PID 900030)(?=.*\/PID 900031)(?!.*900039)/),
      '/T /F /PID 900031',
    ]);
  });
});

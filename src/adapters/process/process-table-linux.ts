import { readdirSync, readFileSync } from 'node:fs';
import { readLinuxStat } from '../../base/linux-stat.ts';
import { TOKEN_VARIABLE, type ProcessEntry, type ProcessTable } from './process-entry.ts';

/** The kernel's USER_HZ, which is 100 on every platform that Node runs on. */
const MS_PER_TICK = 10;

/** `/proc/<pid>/stat`; `null` for processes that ended and for text that is no such line. */
export function parseLinuxStat(stat: string, boot: string): ProcessEntry | null {
  const read = readLinuxStat(stat);
  if (read === null || read === 'ended') return null;
  return {
    pid: read.pid,
    ppid: read.parent,
    group: read.group,
    startTime: `${boot}:${read.startTicks}`,
    born: Number(read.startTicks),
    cpuMs: read.cpuTicks * MS_PER_TICK,
  };
}

export function linuxTable(root = '/proc'): ProcessTable {
  const boot = (read(`${root}/sys/kernel/random/boot_id`) ?? '').slice(0, 8);
  const entry = (pid: number | string): ProcessEntry | null => {
    const stat = read(`${root}/${pid}/stat`);
    return stat === null ? null : parseLinuxStat(stat, boot);
  };
  const pids = () => readdirSync(root).filter((name) => /^\d+$/.test(name));
  // Synchronous on purpose: a snapshot is a few milliseconds and has to be one moment, not many.
  return {
    list: async () => pids().flatMap((pid) => entry(pid) ?? []),
    startTime: async (pid) => entry(pid)?.startTime ?? null,
    carriers: async (token) => {
      const wanted = `${TOKEN_VARIABLE}=${token}`;
      const found = pids().filter((pid) => read(`${root}/${pid}/environ`)?.split('\0').includes(wanted));
      return new Set(found.map(Number));
    },
  };
}

/** Processes come and go, and other users' are closed to us: both are answers, not errors. */
function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { TOKEN_VARIABLE, type ProcessEntry, type ProcessTable } from './process-entry.ts';

/** The kernel's USER_HZ, which is 100 on every platform that Node runs on. */
const MS_PER_TICK = 10;

/** `/proc/<pid>/stat`; `null` for zombies and for text that is no such line. */
export function parseLinuxStat(stat: string, boot: string): ProcessEntry | null {
  // The command's name may hold blanks and parentheses, so fields are counted from its last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const ticks = fields[19];
  if (fields.length < 20 || ticks === undefined || state === 'Z' || state === 'X') return null;
  const at = (index: number) => Number(fields[index]);
  return {
    pid: Number.parseInt(stat, 10),
    ppid: at(1),
    group: at(2),
    startTime: `${boot}:${ticks}`,
    born: Number(ticks),
    cpuMs: (at(11) + at(12) + at(13) + at(14)) * MS_PER_TICK,
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

import { capture } from './capture.ts';
import { TOKEN_VARIABLE, type ProcessEntry, type ProcessTable } from './process-entry.ts';

const COLUMNS = 'pid=,ppid=,pgid=,stat=,lstart=,time=';

/** `[[dd-]hh:]mm:ss[.cc]` */
export function parsePsTime(time: string): number {
  const [days, clock] = time.includes('-') ? time.split('-') : ['0', time];
  const seconds = (clock ?? '').split(':').reduce((total, part) => total * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1000);
}

/** Output of `ps -axo pid=,ppid=,pgid=,stat=,lstart=,time=` in the C locale, without zombies. */
export function parsePs(output: string): readonly ProcessEntry[] {
  return output.split('\n').flatMap((line): ProcessEntry[] => {
    const [pid, ppid, group, state, ...rest] = line.trim().split(/\s+/);
    const time = rest.at(-1);
    if (rest.length !== 6 || time === undefined || state === undefined || state.startsWith('Z')) return [];
    const startTime = rest.slice(0, 5).join(' ');
    return [
      {
        pid: Number(pid),
        ppid: Number(ppid),
        group: Number(group),
        startTime,
        born: Date.parse(startTime),
        cpuMs: parsePsTime(time),
      },
    ];
  });
}

/** Output of `ps -axEww -o pid=,command=`, where the environment follows the command. */
export function parsePsCarriers(output: string, token: string): ReadonlySet<number> {
  const wanted = `${TOKEN_VARIABLE}=${token}`;
  const lines = output.split('\n').filter((line) => line.split(' ').includes(wanted));
  return new Set(lines.map((line) => Number.parseInt(line.trim(), 10)));
}

export function darwinTable(run: typeof capture = capture): ProcessTable {
  const ps = (...args: string[]) => run('ps', args, { LC_ALL: 'C', TZ: 'UTC' });
  return {
    list: async () => parsePs(await ps('-axo', COLUMNS)),
    startTime: async (pid) => parsePs(await ps('-o', COLUMNS, '-p', String(pid)))[0]?.startTime ?? null,
    // The system hides the environment of its own programs (/bin/sh, say): those are found by their parents.
    carriers: async (token) => parsePsCarriers(await ps('-axEww', '-o', 'pid=,command='), token),
  };
}

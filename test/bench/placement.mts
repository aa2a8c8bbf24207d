/** Where processes run while they are compared: the scheduler's choice would be most of the difference. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

const FIRST = -20;

/** `0-2,5` → 0, 1, 2, 5 */
function cpusIn(list: string): readonly number[] {
  return list.split(',').flatMap((range) => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

function pin(pid: number, cpus: string): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cpus, String(pid)], { stdio: 'ignore' });
}

/** False where that takes rights that we do not have. */
function prioritize(pid: number, priority: number): boolean {
  try {
    setPriority(pid, priority);
    return true;
  } catch {
    return false;
  }
}

export interface Placement {
  /** For the reader of the figures. */
  readonly note: string;
  /** This process may run everywhere again. */
  release(): void;
}

/**
 * This process on one core, the servers together on another, all of them before anything else that wants these cores:
 * whoever is asked is woken on the other core each time. Otherwise each is where the scheduler happens to put it.
 */
export function placeApart(servers: readonly number[]): Placement {
  const free: Placement = { note: 'placed by the scheduler', release: () => undefined };
  if (process.platform !== 'linux') return free;
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const [ours, theirs] = cpusIn(allowed);
  if (ours === undefined || theirs === undefined) return free;
  const before = getPriority();
  try {
    pin(process.pid, String(ours));
    for (const pid of servers) pin(pid, String(theirs));
  } catch {
    return free;
  }
  const first = [process.pid, ...servers].map((pid) => prioritize(pid, FIRST)).every(Boolean);
  return {
    note: `this process and the servers on a core each${first ? ', before all other work' : ''}`,
    release() {
      pin(process.pid, allowed);
      prioritize(process.pid, before);
    },
  };
}

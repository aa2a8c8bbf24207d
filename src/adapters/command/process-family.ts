import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * All living processes that belong to a command: the descendants of `root`, its process group, and on Linux
 * every process that carries `mark` in its environment, which finds those that left the group with `setsid`
 * and whose parents are gone. Elsewhere such processes can only be found while their parents live. Zombies
 * are not living: they wait for a parent that is not ours.
 */
export async function findFamily(root: number, mark: string): Promise<number[]> {
  const processes = process.platform === 'linux' ? await processesFromProc() : await processesFromPs();
  const family = new Set<number>(descendants(root, processes));
  for (const one of processes) if (one.group === root) family.add(one.pid);
  if (process.platform === 'linux') for (const pid of await marked(mark)) family.add(pid);
  family.delete(process.pid);
  return Array.from(family);
}

interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

/**
 * Ends a process and its descendants on Windows, where there are no signals. Windows remembers the parent of
 * a process after that parent is gone, so what a command left behind is found too. As it also gives a pid
 * anew, only processes younger than the command count.
 */
export async function endWindowsTree(root: number, startedAt: number): Promise<void> {
  const end = (pid: number) =>
    // It fails when the process is gone already, which is what is wanted.
    run('taskkill', ['/T', '/F', '/PID', String(pid)], { windowsHide: true }).catch(() => undefined);
  await end(root);
  const processes = await processesFromWindows(startedAt);
  for (const pid of descendants(root, processes)) await end(pid);
}

const WINDOWS_LIST =
  'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.ParentProcessId) $(([DateTimeOffset]$_.CreationDate).ToUnixTimeMilliseconds())" }';

async function processesFromWindows(startedAt: number): Promise<Seen[]> {
  const { stdout } = await run('powershell', ['-NoProfile', '-NonInteractive', '-Command', WINDOWS_LIST], {
    windowsHide: true,
    maxBuffer: 8 * 1024 * 1024,
  }).catch(() => ({ stdout: '' }));
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, created] = line.trim().split(' ').map(Number);
    if (pid === undefined || parent === undefined || created === undefined) return [];
    return created >= startedAt ? [{ pid, parent, group: 0 }] : [];
  });
}

export function signalAll(pids: readonly number[], signal: 'SIGTERM' | 'SIGKILL'): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone between the look and the signal.
    }
  }
}

function descendants(root: number, processes: readonly Seen[]): number[] {
  const children = new Map<number, number[]>();
  for (const { pid, parent } of processes) {
    const siblings = children.get(parent);
    if (siblings) siblings.push(pid);
    else children.set(parent, [pid]);
  }
  const found = processes.filter((one) => one.pid === root).map((one) => one.pid);
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    const next = children.get(pid) ?? [];
    found.push(...next);
    open.push(...next);
  }
  return found;
}

async function processesFromProc(): Promise<Seen[]> {
  const found: Seen[] = [];
  await Promise.all(
    (await processIds()).map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // The name stands in parentheses and may hold spaces and parentheses itself.
      const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (group !== undefined && state !== 'Z') {
        found.push({ pid, parent: Number(parent), group: Number(group) });
      }
    }),
  );
  return found;
}

async function processesFromPs(): Promise<Seen[]> {
  const found: Seen[] = [];
  const { stdout } = await run('ps', ['-axo', 'pid=,ppid=,pgid=,stat=']).catch(() => ({ stdout: '' }));
  for (const line of stdout.split('\n')) {
    const [pid, parent, group, state] = line.trim().split(/\s+/);
    if (state !== undefined && !state.startsWith('Z')) {
      found.push({ pid: Number(pid), parent: Number(parent), group: Number(group) });
    }
  }
  return found;
}

async function marked(mark: string): Promise<number[]> {
  const found: number[] = [];
  await Promise.all(
    (await processIds()).map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      if (environment.split('\0').includes(mark)) found.push(pid);
    }),
  );
  return found;
}

async function processIds(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

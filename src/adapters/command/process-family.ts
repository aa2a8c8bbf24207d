import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { windowsTool } from '../../base/programs.ts';
import { readLinuxStat } from '../../base/linux-stat.ts';

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

export interface WindowsRoot {
  readonly pid: number;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Then its number may be another program's by now. */
  readonly exited: boolean;
}

/**
 * Ends a process and its descendants on Windows, where there are no signals. Windows remembers the parent of
 * a process after that parent is gone, so what a command left behind is found too.
 */
export async function endWindowsTree(root: WindowsRoot, run: RunTool = runTool): Promise<void> {
  const tool = (name: 'powershell' | 'taskkill') => windowsTool(name, process.env);
  const list = await run(tool('powershell'), ['-NoProfile', '-NonInteractive', '-Command', WINDOWS_LIST]);
  const family = windowsFamily(parseWindowsList(list), root);
  if (family.length === 0) return;
  await run(tool('taskkill'), ['/T', '/F', ...family.flatMap((pid) => ['/PID', String(pid)])]);
}

type RunTool = (program: string, args: readonly string[]) => Promise<string>;

/** Empty when it fails: what is gone already is what was wanted. */
const runTool: RunTool = (program, args) =>
  run(program, [...args], { windowsHide: true, maxBuffer: 8 * 1024 * 1024 }).then(
    ({ stdout }) => stdout,
    () => '',
  );

const WINDOWS_LIST =
  'Get-CimInstance Win32_Process | Where-Object CreationDate | ForEach-Object { "$($_.ProcessId) $($_.ParentProcessId) $(([DateTimeOffset]$_.CreationDate).ToUnixTimeMilliseconds())" }';

interface WindowsProcess extends Seen {
  /** Epoch ms. */
  readonly born: number;
}

export function parseWindowsList(stdout: string): readonly WindowsProcess[] {
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, born] = line.trim().split(' ').map(Number);
    if (pid === undefined || parent === undefined || born === undefined) return [];
    return Number.isInteger(pid) && Number.isInteger(born) ? [{ pid, parent, group: 0, born }] : [];
  });
}

/**
 * The command's processes. Numbers are given anew, so a child is one only if it is younger than its parent; and
 * where the root's number belongs to a younger stranger, only what is older than that stranger is the root's.
 */
export function windowsFamily(
  processes: readonly WindowsProcess[],
  { pid, startedAt, exited }: WindowsRoot,
): readonly number[] {
  const stranger = exited ? processes.find((one) => one.pid === pid) : undefined;
  const family = new Map<number, number>([[pid, startedAt]]);
  const mine = ({ parent, born, ...one }: WindowsProcess): boolean => {
    const since = family.get(parent);
    if (since === undefined || born < since || one.pid === pid) return false;
    return parent !== pid || stranger === undefined || born < stranger.born;
  };
  // By age, so that every parent is judged before its children.
  for (const one of [...processes].sort((a, b) => a.born - b.born)) {
    if (mine(one)) family.set(one.pid, one.born);
  }
  if (exited || !processes.some((one) => one.pid === pid)) family.delete(pid);
  return [...family.keys()];
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
      const read = readLinuxStat(stat);
      if (read !== null && read !== 'ended') found.push(read);
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

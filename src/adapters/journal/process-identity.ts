import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { windowsTool } from '../../base/programs.ts';
import { readLinuxStat } from '../../base/linux-stat.ts';

const run = promisify(execFile);

/** Names one process for good: process ids alone are used again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** As the platform tells it; only ever compared for equality. */
  readonly startTime: string;
  /** Where and since when the pid means something (boot and pid namespace on Linux). */
  readonly machine: string;
}

export interface Processes {
  self(): Promise<ProcessIdentity>;
  /** `gone` is a proof; `unknown` (another machine or container, or no way to ask) has to be taken for alive. */
  state(identity: ProcessIdentity): Promise<'alive' | 'gone' | 'unknown'>;
}

/** What differs by platform; tests give recorded answers. */
export interface ProcessesDeps {
  readonly platform?: NodeJS.Platform;
  /** Standard output of a system program; rejects when it fails. */
  readonly ask?: (program: string, args: readonly string[]) => Promise<string>;
}

const askSystem = async (program: string, args: readonly string[]): Promise<string> => {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  return (await run(program, [...args], { env, windowsHide: true, timeout: ANSWER_MS })).stdout;
};

/** PowerShell needs a second to start, on a busy machine many. */
const ANSWER_MS = 20_000;

export function createProcesses(deps: ProcessesDeps = {}): Processes {
  const { platform = process.platform, ask = askSystem } = deps;
  const readStartTime = (pid: number) => startTimeOf(pid, platform, ask);
  const describeMachine = () => machineOf(platform);
  let self: Promise<ProcessIdentity> | undefined;
  const identify = async (): Promise<ProcessIdentity> => {
    const [startTime, machine] = await Promise.all([readStartTime(process.pid), describeMachine()]);
    return { pid: process.pid, startTime: startTime ?? '', machine };
  };
  return {
    self: () => (self ??= identify()),
    state: async (identity) => {
      const here = await describeMachine();
      if (!sameMachine(identity.machine, here)) return rebooted(identity.machine, here) ? 'gone' : 'unknown';
      if (!exists(identity.pid)) return 'gone';
      const startTime = await readStartTime(identity.pid);
      // Without a start time on record only the pid speaks, and it speaks for life.
      if (startTime === null) return exists(identity.pid) ? 'unknown' : 'gone';
      if (identity.startTime === '') return 'unknown';
      return startTime === identity.startTime ? 'alive' : 'gone';
    },
  };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** On Linux host, boot and pid namespace; elsewhere the state folder is local and start times tell boots apart. */
async function machineOf(platform: NodeJS.Platform): Promise<string> {
  if (platform !== 'linux') return '';
  const [boot, namespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  return `${boot.trim()}|${namespace}|${hostname()}`;
}

function sameMachine(then: string, now: string): boolean {
  return then.split('|').slice(0, 2).join('|') === now.split('|').slice(0, 2).join('|');
}

/** The same host in a later boot: nothing of the earlier one can be running. */
function rebooted(then: string, now: string): boolean {
  const [bootThen, , ...hostThen] = then.split('|');
  const [bootNow, , ...hostNow] = now.split('|');
  return Boolean(bootThen && bootNow) && bootThen !== bootNow && hostThen.join('|') === hostNow.join('|');
}

const ENDED = 'ended';

/** `null` when the process is gone or can not be asked about; a dead process that was not collected yet is gone. */
async function startTimeOf(
  pid: number,
  platform: NodeJS.Platform,
  ask: NonNullable<ProcessesDeps['ask']>,
): Promise<string | null> {
  try {
    if (platform === 'linux') return startTimeFromStat(await readFile(`/proc/${pid}/stat`, 'utf8'));
    if (platform === 'win32') {
      const script = `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().Ticks`;
      const program = windowsTool('powershell', process.env);
      return (await ask(program, ['-NoProfile', '-NonInteractive', '-Command', script])).trim() || null;
    }
    const answer = (await ask('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)])).trim();
    if (answer === '') return null;
    const [state, ...startTime] = answer.split(/\s+/);
    return isDone(state) ? ENDED : startTime.join(' ');
  } catch {
    return null;
  }
}

function startTimeFromStat(stat: string): string | null {
  const read = readLinuxStat(stat);
  return read === 'ended' ? ENDED : (read?.startTicks ?? null);
}

/** Ended, and not yet collected by its parent. */
function isDone(state: string | undefined): boolean {
  return state?.startsWith('Z') === true;
}

/** What a loop leaves on the machine: everything that can be counted and that somebody has to clean up. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { STORE_FILE, storeFileSchema, type StoreFile } from '../../src/protocol/store-file.ts';
import type { Orphans } from './line.mts';

export interface Place {
  /** Everything of the bench lies below it, the temporary folder of its processes included. */
  readonly folder: string;
  readonly repository: string;
  /** The state home: a folder for each repository, and `ports`. */
  readonly state: string;
  /** Temporary folder of the processes, where their sockets stand. */
  readonly temporary: string;
}

export interface Census {
  readonly process: readonly string[];
  readonly worktree: readonly string[];
  readonly lock: readonly string[];
  readonly socket: readonly string[];
  readonly port: readonly string[];
}

const GRACE_MS = 5000;

const list = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Living processes that carry the bench's folder in their environment or command line. */
export function processesBelow(
  folder: string,
): readonly { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        const zombie = /^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
        const ours = environment.includes(folder) || command.includes(folder);
        return ours && !zombie ? [{ pid: Number(pid), command }] : [];
      } catch {
        return [];
      }
    });
}

/** Ports that these processes listen on. */
function listening(pids: readonly number[]): readonly string[] {
  const inodes = new Set(
    pids.flatMap((pid) => {
      try {
        return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
          const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
          return /socket:\[(\d+)\]/.exec(target)?.[1] ?? [];
        });
      } catch {
        return [];
      }
    }),
  );
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A' && inodes.has(fields[9] ?? ''))
    .map((fields) => `listening ${Number.parseInt(fields[1]?.split(':')[1] ?? '0', 16)}`);
}

function leases(state: string): readonly string[] {
  const folder = join(state, 'ports');
  const branches = list(folder)
    .filter((name) => !name.startsWith('new-'))
    .map((name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { branch: string }).branch);
  return [...new Set(branches)].map((branch) => `lease ${branch}`);
}

/** Disposable checkouts and what evidence ran in; nobody needs them once a loop has ended. */
function checkouts(state: string): readonly string[] {
  return list(state).flatMap((repository) =>
    ['git/checkouts', 'git/tmp', 'evidence'].flatMap((kind) =>
      list(join(state, repository, kind)).flatMap((task) => {
        const inside = kind === 'git/checkouts' ? list(join(state, repository, kind, task)) : [task];
        return inside.map((name) => `${kind}/${task}/${name}`);
      }),
    ),
  );
}

function worktrees({ repository, state }: Place): readonly string[] {
  const git = execFileSync('git', ['worktree', 'list', '--porcelain'], { cwd: repository, encoding: 'utf8' });
  const registered = [...git.matchAll(/^worktree (.*)$/gm)].map((match) => `registered ${match[1] ?? ''}`);
  const beside = `${repository}.cfn`;
  const folders = list(beside).flatMap((task) =>
    list(join(beside, task)).map((agent) => `folder ${task}/${agent}`),
  );
  return [...registered.slice(1), ...folders, ...checkouts(state)];
}

function locks({ repository }: Place): readonly string[] {
  const files = readdirSync(join(repository, '.git'), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.lock') || /worktrees\/[^/]+\/locked$/.test(file));
}

function look(place: Place): Census {
  const processes = processesBelow(place.folder);
  // Benches have names of their own; what they leave behind must not.
  const nameless = (names: readonly string[]) => names.map((name) => name.replaceAll(place.folder, '…'));
  return {
    process: nameless(processes.map(({ command }) => command)),
    worktree: nameless(worktrees(place)),
    lock: locks(place),
    socket: list(place.temporary).filter((name) => /^cfn-.*\.sock$/.test(name)),
    port: [...listening(processes.map(({ pid }) => pid)), ...leases(place.state)],
  };
}

/** The coordination store outlives loops on purpose, for a minute; it has to end when it is told to. */
export function endStores(place: Place): void {
  for (const { pid, command } of processesBelow(place.folder)) {
    if (/store\.js --folder/.test(command)) process.kill(pid, 'SIGTERM');
  }
}

/** What the store of the place's first repository wrote down; null before there is one. */
export function storeFileOf({ state }: Place): StoreFile | null {
  const file = list(state)
    .map((name) => join(state, name, STORE_FILE))
    .find((each) => existsSync(each));
  if (file === undefined) return null;
  const parsed = storeFileSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return parsed.success ? parsed.data : null;
}

/** Pid of the store that serves the first repository of the place; null while there is none. */
export function storeOf(place: Place): number | null {
  const pid = storeFileOf(place)?.pid ?? null;
  const running = processesBelow(place.folder).filter(({ command }) => /store\.js/.test(command));
  return running.some((each) => each.pid === pid) ? pid : null;
}

/** Ends the stores, waits a moment for whoever is on the way out, and tells what is there then. */
export async function census(place: Place, { graceMs = GRACE_MS } = {}): Promise<Census> {
  endStores(place);
  const deadline = performance.now() + graceMs;
  while (processesBelow(place.folder).length > 0 && performance.now() < deadline) await sleep(50);
  return look(place);
}

/** What is there and was not there after the same loop without a fault. */
export function orphansOf(
  now: Census,
  undisturbed: Census,
): { readonly orphans: Orphans; readonly named: readonly string[] } {
  const named: string[] = [];
  const extra = (kind: keyof Census): number => {
    const more = now[kind].filter((each) => !undisturbed[kind].includes(each));
    named.push(...more.map((each) => `${kind}: ${each}`));
    return more.length;
  };
  return {
    orphans: {
      process: extra('process'),
      worktree: extra('worktree'),
      lock: extra('lock'),
      socket: extra('socket'),
      port: extra('port'),
    },
    named,
  };
}

/** Ends what a failed round left running, so that it does not disturb the next one. */
export function endAll(place: Place): void {
  for (const { pid } of processesBelow(place.folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone meanwhile.
    }
  }
}

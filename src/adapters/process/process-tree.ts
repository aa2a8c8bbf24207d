import { windowsTool } from '../../base/programs.ts';
import { capture } from './capture.ts';
import type { ProcessEntry, ProcessIdentity, ProcessTable } from './process-entry.ts';

const POLL_MS = 40;
/** How long killed processes may take to vanish before we say that they did not. */
const VANISH_MS = 5000;

export interface ProcessTreeDeps {
  readonly table: ProcessTable;
  readonly token: string;
  /** Never part of the tree, whatever they carry: the runner itself, its guard. */
  readonly spare: () => Iterable<number>;
  readonly platform?: NodeJS.Platform;
  /** Runs taskkill. */
  readonly run?: typeof capture;
}

export interface EndRequest {
  readonly signal: NodeJS.Signals;
  /** Between the signal and KILL. */
  readonly graceMs: number;
}

/** An agent's processes: those it started and, where the platform shows it, all that carry its token. */
export interface ProcessTree {
  /** A process whose identity is proven becomes a root of the tree. */
  adopt(identity: ProcessIdentity): void;
  /** Living members. What was seen once stays a member, wherever its parent went. */
  refresh(): Promise<readonly ProcessEntry[]>;
  /** Like `refresh`, and also finds those that left the tree with the token in their environment. */
  sweep(): Promise<readonly ProcessEntry[]>;
  /** Ends every member and verifies it; resolves with those that are still there. */
  end(request: EndRequest): Promise<readonly ProcessEntry[]>;
}

export function createProcessTree(deps: ProcessTreeDeps): ProcessTree {
  const { table, token } = deps;
  const platform = deps.platform ?? process.platform;
  const known = new Map<number, string>();
  const roots = new Map<number, string>();

  const living = async (carriers: ReadonlySet<number>): Promise<readonly ProcessEntry[]> => {
    const entries = await table.list();
    const members = membersOf(entries, {
      known,
      roots,
      carriers,
      spare: spared(entries, deps.spare()),
      platform,
    });
    known.clear();
    for (const member of members) known.set(member.pid, member.startTime);
    return members;
  };
  const refresh = () => living(new Set());
  const sweep = async () => living(await table.carriers(token));

  return {
    adopt({ pid, startTime }) {
      roots.set(pid, startTime);
      known.set(pid, startTime);
    },
    refresh,
    sweep,
    end: ({ signal, graceMs }) =>
      platform === 'win32' ? endByTaskkill(deps.run ?? capture, sweep) : endBySignals(sweep, signal, graceMs),
  };
}

interface Membership {
  readonly platform: NodeJS.Platform;
  readonly known: ReadonlyMap<number, string>;
  readonly roots: ReadonlyMap<number, string>;
  readonly carriers: ReadonlySet<number>;
  readonly spare: ReadonlySet<number>;
}

function membersOf(entries: readonly ProcessEntry[], by: Membership): readonly ProcessEntry[] {
  const children = new Map<number, ProcessEntry[]>();
  for (const entry of entries) children.set(entry.ppid, [...(children.get(entry.ppid) ?? []), entry]);
  const members = new Map<number, ProcessEntry>();
  const queue = entries.filter(
    (entry) =>
      by.known.get(entry.pid) === entry.startTime ||
      by.carriers.has(entry.pid) ||
      orphaned(entry, entries, by),
  );
  for (let entry = queue.pop(); entry; entry = queue.pop()) {
    if (members.has(entry.pid) || by.spare.has(entry.pid)) continue;
    members.set(entry.pid, entry);
    for (const child of children.get(entry.pid) ?? []) {
      // Where parents are not updated (Windows), a younger process may have got the pid of a dead parent.
      if (child.born >= entry.born) queue.push(child);
    }
  }
  return [...members.values()];
}

/**
 * Children of a root that is gone, by what outlives it: its group's number, and on Windows the parent's pid.
 * On Linux the token is the better proof and enough.
 */
function orphaned(entry: ProcessEntry, entries: readonly ProcessEntry[], by: Membership): boolean {
  if (by.platform === 'linux') return false;
  const root = by.platform === 'win32' ? entry.ppid : entry.group;
  if (root === null || !by.roots.has(root)) return false;
  // Somebody else has the number now: then nothing is proven.
  return entries.every((other) => other.pid !== root || other.startTime === by.roots.get(root));
}

/** Ourselves with all ancestors: an agent that runs the loop on its own lets its token through to us. */
function spared(entries: readonly ProcessEntry[], extra: Iterable<number>): ReadonlySet<number> {
  const parents = new Map(entries.map((entry) => [entry.pid, entry.ppid]));
  const spare = new Set(extra);
  for (let pid = process.pid; pid > 0 && !spare.has(pid); pid = parents.get(pid) ?? 0) spare.add(pid);
  return spare;
}

async function endBySignals(
  sweep: ProcessTree['sweep'],
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<readonly ProcessEntry[]> {
  const told = new Set<number>();
  const killAt = performance.now() + graceMs;
  let members = await sweep();
  while (members.length > 0 && performance.now() < killAt) {
    for (const { pid } of members) if (!told.has(pid)) send(pid, signal);
    for (const { pid } of members) told.add(pid);
    await pause(POLL_MS);
    members = await sweep();
  }
  const giveUpAt = performance.now() + VANISH_MS;
  while (members.length > 0 && performance.now() < giveUpAt) {
    for (const { pid } of members) send(pid, 'SIGKILL');
    await pause(POLL_MS / 4);
    members = await sweep();
  }
  return members;
}

async function endByTaskkill(
  run: typeof capture,
  sweep: ProcessTree['sweep'],
): Promise<readonly ProcessEntry[]> {
  let members = await sweep();
  for (let round = 0; members.length > 0 && round < 5; round += 1) {
    // Each was found alive under its start time just now, so no number is another program's.
    await run(windowsTool('taskkill', process.env), [
      '/T',
      '/F',
      ...members.flatMap(({ pid }) => ['/PID', String(pid)]),
    ]);
    members = await sweep();
  }
  return members;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone between the snapshot and now, which is what was wanted.
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { windowsTool } from '../../base/programs.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Listener } from '../../ports/health-probes.ts';
import { parseDarwinNetstat, parseLinuxTcp, parseTasklist, parseWindowsNetstat } from './listener-tables.ts';
import { runProgram } from './run-program.ts';

type Found = Result<readonly Listener[], string>;

/** What listens on these ports. Linux tells by itself; macOS and Windows bring `netstat`. */
export function findListeners(
  ports: readonly number[],
  signal: AbortSignal,
  platform: NodeJS.Platform = process.platform,
): Promise<Found> {
  if (ports.length === 0) return Promise.resolve(ok([]));
  const wanted = new Set(ports);
  if (platform === 'linux') return onLinux(wanted);
  return platform === 'win32' ? onWindows(wanted, signal) : onDarwin(wanted, signal);
}

async function onLinux(wanted: ReadonlySet<number>): Promise<Found> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => null)),
  );
  if (tables.every((table) => table === null)) return err('/proc/net/tcp can not be read');
  const sockets = tables.flatMap((table) => (table === null ? [] : parseLinuxTcp(table)));
  const listening = sockets.filter(({ port }) => wanted.has(port));
  const owners = await socketOwners(new Set(listening.map(({ inode }) => inode)));
  return ok(
    await Promise.all(
      listening.map(async ({ port, address, inode }) => {
        const pid = owners.get(inode) ?? null;
        return { port, address, pid, program: pid === null ? null : await programOf(pid) };
      }),
    ),
  );
}

/** Processes of other users keep their sockets to themselves. */
async function socketOwners(inodes: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
  const owners = new Map<string, number>();
  if (inodes.size === 0) return owners;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const folder = `/proc/${pid}/fd`;
    for (const handle of await readdir(folder).catch(() => [])) {
      const target = await readlink(`${folder}/${handle}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.has(inode)) owners.set(inode, Number(pid));
    }
    if (owners.size === inodes.size) break;
  }
  return owners;
}

/** The file that runs; its own name for itself is often that of a thread. */
const programOf = (pid: number): Promise<string | null> =>
  readlink(`/proc/${pid}/exe`).then(
    (file) => basename(file),
    () => null,
  );

async function onDarwin(wanted: ReadonlySet<number>, signal: AbortSignal): Promise<Found> {
  const table = await runProgram('netstat', ['-anv', '-p', 'tcp'], signal);
  if (!table.ok) return table;
  const listening = parseDarwinNetstat(table.value).filter(({ port }) => wanted.has(port));
  return ok(
    await Promise.all(
      listening.map(async (listener) => {
        if (listener.pid === null || listener.program !== null) return listener;
        const name = await runProgram('ps', ['-o', 'comm=', '-p', String(listener.pid)], signal);
        return { ...listener, program: name.ok ? (name.value.trim().split('/').at(-1) ?? null) : null };
      }),
    ),
  );
}

async function onWindows(wanted: ReadonlySet<number>, signal: AbortSignal): Promise<Found> {
  const table = await runProgram(windowsTool('netstat', process.env), ['-ano'], signal);
  if (!table.ok) return table;
  const listening = parseWindowsNetstat(table.value).filter(({ port }) => wanted.has(port));
  return ok(
    await Promise.all(
      listening.map(async (listener) => {
        const args = ['/FI', `PID eq ${listener.pid}`, '/FO', 'CSV', '/NH'];
        const name = await runProgram(windowsTool('tasklist', process.env), args, signal);
        return { ...listener, program: name.ok ? parseTasklist(name.value) : null };
      }),
    ),
  );
}

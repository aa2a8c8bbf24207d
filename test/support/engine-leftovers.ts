import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collect, demand } from '../../scripts/run-command.mts';

const LOOK_MS = 20;

/**
 * Ends every process that was told of a folder of ours: the engine, its containerd, and the shim beside each container
 * with all that runs in it.
 */
export async function endProcessesBelow(folder: string, starts = ''): Promise<void> {
  const ours = (await processes()).filter(
    ({ pid, words }) =>
      pid !== process.pid && words.includes(`${folder}/`) && (starts === '' || words.startsWith(starts)),
  );
  const parents = new Set(
    ours.filter(({ words }) => words.includes('containerd-shim')).map(({ pid }) => pid),
  );
  // The first process of a container takes all others with it.
  const inside = parents.size === 0 ? [] : (await processes()).filter(({ parent }) => parents.has(parent));
  for (const { pid } of [...inside, ...ours]) kill(pid);
  for (const { pid } of ours)
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

interface Found {
  readonly pid: number;
  readonly parent: number;
  readonly words: string;
}

async function processes(): Promise<readonly Found[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
        const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
        // The name stands in brackets and may hold anything.
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return [{ pid: Number(pid), parent, words }];
      } catch {
        // It ended meanwhile.
        return [];
      }
    }),
  );
  return found.flat();
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Layers and namespaces of containers, the deepest first. */
export async function unmountBelow(folder: string): Promise<void> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  const places = table.split('\n').flatMap((line) => line.split(' ')[4] ?? []);
  for (const place of places.filter((place) => place.startsWith(`${folder}/`)).reverse())
    await demand('umount', ['--lazy', place]);
}

/** Bridges of the networks that an engine keeps in its folder; they outlive it. */
export async function bridgesOf(dataFolder: string): Promise<readonly string[]> {
  const kept = await readFile(join(dataFolder, 'network', 'files', 'local-kv.db'), 'latin1').catch(() => '');
  const { output } = await collect('ip', ['-oneline', 'link', 'show', 'type', 'bridge']);
  const names = Array.from(output.matchAll(/^\d+: ([^:@]+)/gm), ([, name = '']) => name);
  // One without a name of its own is named after its network's id.
  return names.filter((name) => kept.includes(name.startsWith('br-') ? name.slice(3) : `"${name}"`));
}

/** The rules that an engine writes into the machine's tables, which it leaves there when it ends. */
export function forwardingRules() {
  // Until it was looked: another engine's rules must not go.
  let wereThere = true;
  let policy = 'ACCEPT';
  return {
    async remember(): Promise<void> {
      const rules = await rulesOf('filter');
      wereThere = rules.some((rule) => rule === '-N DOCKER');
      policy = rules.find((rule) => rule.startsWith('-P FORWARD '))?.split(' ')[2] ?? policy;
    },
    /** Rules of another engine stay, where there is one. */
    async putBack(bridges: readonly string[]): Promise<void> {
      for (const table of ['nat', 'filter']) {
        const rules = await rulesOf(table);
        for (const rule of rules.filter((rule) => rule.startsWith('-A ')))
          if (
            rule.split(' ').some((word) => bridges.includes(word)) ||
            (!wereThere && /\bDOCKER\b|DOCKER-/.test(rule))
          )
            await collect('iptables', ['-t', table, '-D', ...rule.split(' ').slice(1)]);
        if (wereThere) continue;
        for (const rule of rules.filter((rule) => rule.startsWith('-N DOCKER')))
          await collect('iptables', ['-t', table, '-X', rule.split(' ')[1] ?? '']);
      }
      if (!wereThere) await collect('iptables', ['-P', 'FORWARD', policy]);
    },
  };
}

async function rulesOf(table: string): Promise<readonly string[]> {
  const { output } = await collect('iptables', ['-t', table, '-S']);
  return output.split('\n');
}

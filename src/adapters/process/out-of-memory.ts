import { readFileSync } from 'node:fs';
import type { AgentExit } from '../../domain/agents/ending.ts';

/** How often the kernel has killed for want of memory: in our own control group, else in the whole system. */
export interface OomCounter {
  readonly source: string;
  readonly kills: number;
}

export function readOomCounter(platform: NodeJS.Platform = process.platform): OomCounter | null {
  if (platform !== 'linux') return null;
  return fromGroups(read('/proc/self/cgroup')) ?? counterIn('/proc/vmstat');
}

function fromGroups(groups: string): OomCounter | null {
  for (const line of groups.split('\n')) {
    const [hierarchy, controllers, path] = line.split(':');
    const file =
      hierarchy === '0' && path !== '/'
        ? `/sys/fs/cgroup${path}/memory.events`
        : controllers?.split(',').includes('memory') === true
          ? `/sys/fs/cgroup/memory${path}/memory.oom_control`
          : null;
    const counter = file === null ? null : counterIn(file);
    if (counter !== null) return counter;
  }
  return null;
}

/** All three sources have a line `oom_kill <number>`. */
export function counterIn(file: string): OomCounter | null {
  const kills = /^oom_kill (\d+)$/m.exec(read(file))?.[1];
  return kills === undefined ? null : { source: file, kills: Number(kills) };
}

/** Evidence in words: the agent died by SIGKILL (or its shell says so) while the kernel killed for memory. */
export function oomEvidence(
  exit: AgentExit | null,
  before: OomCounter | null,
  after: OomCounter | null,
): string | null {
  const killed = exit?.signal === 'SIGKILL' || exit?.code === 137;
  if (!killed || before === null || after === null || after.kills <= before.kills) return null;
  return `The kernel killed the agent because memory ran out (${after.source}: oom_kill ${before.kills} → ${after.kills}).`;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/*
 * Which ports a worktree's services get on this machine. Container ports stay those of the seeds; what is leased is
 * the host's side, so that any number of worktrees can run at a time. Digests are SHA-256 in hex and are given: the
 * domain has no cryptography.
 */
export const PORT_BASES = { redis: 6379, postgres: 5432, orchestrator: 3001 } as const;
export const CONTAINER_PORTS = { redis: 6379, postgres: 5432, orchestrator: 3000 } as const;
export type PortService = keyof typeof PORT_BASES;

/** Offsets, and with them leases, that there can be. */
export const PORT_SLOTS = 1000;
/** Free ports for whatever else a worktree starts, from `base` on; below the ports that systems hand out by themselves. */
export const PORT_BLOCK = { first: 20_000, size: 10 } as const;

export interface WorktreePorts {
  readonly offset: number;
  readonly redis: number;
  readonly postgres: number;
  readonly orchestrator: number;
  /** `CFN_PORT_BASE`: this one and the nine after it. */
  readonly base: number;
}

/** Where the search for free ports begins: eight digits of the branch name's digest give all 1000 slots alike. */
export function portOffset(digest: string): number {
  return hex(digest, 8) % PORT_SLOTS;
}

export function portsAt(offset: number): WorktreePorts {
  return {
    offset,
    redis: PORT_BASES.redis + offset,
    postgres: PORT_BASES.postgres + offset,
    orchestrator: PORT_BASES.orchestrator + offset,
    base: PORT_BLOCK.first + offset * PORT_BLOCK.size,
  };
}

/** Every port that a lease claims. */
export function claimedPorts(ports: WorktreePorts): readonly number[] {
  const block = Array.from({ length: PORT_BLOCK.size }, (_, index) => ports.base + index);
  return [ports.redis, ports.postgres, ports.orchestrator, ...block];
}

/**
 * The seeds' first formula: the first four digits are added to the base. They were added as a decimal number, which
 * fails for most branches (`4ba5`) or reads octal (`0389`); here they are read as hex. `null`: beyond the last port.
 * The digest is that of the branch name followed by a line break, as `echo` prints it.
 */
export function seedPortA(service: PortService, digest: string): number | null {
  const port = PORT_BASES[service] + hex(digest, 4);
  return port <= 65_535 ? port : null;
}

/**
 * The seeds' second formula: the first two digits modulo 1000, of the same digest. Two digits end at 255, so there
 * are 256 slots and the modulo never acts. (The seeds' worked example gives `feature-auth` the offset 42 and the
 * ports 6421, 5474, 3043; by this formula it has 75.)
 */
export function seedPortB(service: PortService, digest: string): number {
  return PORT_BASES[service] + (hex(digest, 2) % PORT_SLOTS);
}

function hex(digest: string, digits: number): number {
  const head = digest.slice(0, digits);
  if (!/^[0-9a-f]+$/.test(head) || head.length !== digits) {
    throw new Error(`Not a digest in hex: ${JSON.stringify(digest.slice(0, 80))}`);
  }
  return Number.parseInt(head, 16);
}

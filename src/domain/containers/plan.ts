import type { Mode } from '../loop/model.ts';
import { parseEgressRule, type EgressRule } from './egress.ts';
import type { NetworkPolicy } from './networks.ts';
import type { EngineAddress } from './engine.ts';

export interface ContainerLimits {
  readonly memoryBytes: number;
  /** What is promised to it while memory is short. */
  readonly memoryReservationBytes: number;
  /** In cores. */
  readonly cpus: number;
  readonly pids: number;
  /** Of each folder that is memory: `/tmp` and the home folder. */
  readonly tmpfsBytes: number;
}

/** How the agents of a loop run in containers. */
export interface ContainerPlan {
  readonly engine: EngineAddress;
  readonly image: string;
  readonly limits: ContainerLimits;
  readonly network: NetworkPolicy;
  /** Hosts beside an agent's provider, where the policy names hosts: `api.example.com`, `*.example.com`, `host:8443`. */
  readonly allow: readonly string[];
  /** Agents are placed on the nodes of the Swarm that the engine manages; set-up and evidence stay on the engine. */
  readonly place?: 'swarm';
}

/** The same before it is known which engine has them. */
export type ContainerWish = Omit<ContainerPlan, 'engine'>;

export const DEFAULT_IMAGE = 'cfn-agent:latest';

const MB = 1024 ** 2;
const PIDS = 512;

/** Limits of the modes: 512 MB in mvp, 1 GB with 512 MB promised in the others, one core each. */
export function containerLimits(
  mode: Mode,
  wished: { readonly memoryBytes?: number | undefined; readonly cpus?: number | undefined } = {},
): ContainerLimits {
  const memoryBytes = wished.memoryBytes ?? (mode === 'mvp' ? 512 * MB : 1024 * MB);
  return {
    memoryBytes,
    memoryReservationBytes: Math.round(memoryBytes / 2),
    cpus: wished.cpus ?? 1,
    pids: PIDS,
    // It counts as memory of the container.
    tmpfsBytes: Math.round(memoryBytes / 2),
  };
}

/** Engines refuse less. */
export const LEAST_MEMORY_BYTES = 6 * MB;

/** Bytes of `512m`, `1g` or a plain number of bytes; null for anything else. */
export function parseMemory(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([bkmg]?)b?$/i.exec(text.trim());
  if (match === null) return null;
  const unit = { '': 1, b: 1, k: 1024, m: MB, g: 1024 * MB }[(match[2] ?? '').toLowerCase()] ?? 1;
  const bytes = Math.round(Number(match[1]) * unit);
  return bytes >= LEAST_MEMORY_BYTES ? bytes : null;
}

/** What is said of an end for want of memory. */
export const memoryRanOut = ({ memoryBytes }: Pick<ContainerLimits, 'memoryBytes'>): string =>
  `The container's memory of ${Math.round(memoryBytes / MB)} MB ran out.`;

/** The seeds' name of an agent's container. */
export const containerName = (agentId: string, taskId: string): string => `cfn-agent-${agentId}-${taskId}`;

/** Where the `cfn` command is inside; it comes first on PATH. */
export const CONTAINER_BIN = '/opt/cfn/bin';

/** What the person let through; checked where it was given. */
export const rulesOf = ({ allow }: Pick<ContainerPlan, 'allow'>): readonly EgressRule[] =>
  allow.flatMap((text) => {
    const rule = parseEgressRule(text);
    return rule.ok ? [rule.value] : [];
  });

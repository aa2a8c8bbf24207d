import type { ContainerLimits } from './plan.ts';
import type { EngineAddress } from './engine.ts';

export const PLACES = ['engine', 'swarm'] as const;

/** A machine of a Docker Swarm, as its manager tells of it. */
export interface SwarmNode {
  readonly name: string;
  /** Its own engine; null where nothing says how that is asked. */
  readonly engine: EngineAddress | null;
  /** Ready, and not drained or paused. */
  readonly open: boolean;
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** On a node: the address of its engine, such as `ssh://me@far`. */
export const ENGINE_LABEL = 'cfn.engine';

/** The engine that a node's label names, asked with the manager's certificates; null where it names none that can be asked. */
export function labelledEngine(manager: EngineAddress, label: string | undefined): EngineAddress | null {
  if (label === undefined || !/^(?:ssh|tcp|unix):\/\/[^\s]+$/.test(label)) return null;
  return { ...manager, host: label };
}

/** A node that answers, and how many agents are on it. */
export interface Candidate {
  readonly node: Pick<SwarmNode, 'name' | 'cpus' | 'memoryBytes'>;
  readonly host: string;
  readonly placed: number;
}

/**
 * The one that has room for the most further containers of these limits; of equals the one with fewer agents, then the first by
 * name. `avoid`: host of a node that is taken only where there is no other. Limits are no reservations: where all
 * are full, the one that has least too many is taken.
 */
export function choosePlace<T extends Candidate>(
  candidates: readonly T[],
  limits: Pick<ContainerLimits, 'cpus' | 'memoryBytes'>,
  avoid: string | null = null,
): T | null {
  const others = candidates.filter(({ host }) => host !== avoid);
  const [best = null] = (others.length > 0 ? others : candidates).toSorted(
    (one, other) =>
      roomOf(other, limits) - roomOf(one, limits) ||
      one.placed - other.placed ||
      (keyOf(one) < keyOf(other) ? -1 : 1),
  );
  return best;
}

/** Machines may have the same name. */
const keyOf = ({ node, host }: Candidate): string => `${node.name} ${host}`;

/** Containers of these limits that still fit; below 0 where it has more than it can hold. */
export const roomOf = (
  { node, placed }: Candidate,
  { cpus, memoryBytes }: Pick<ContainerLimits, 'cpus' | 'memoryBytes'>,
): number => Math.min(node.cpus / cpus, node.memoryBytes / memoryBytes) - placed;

/** A container's run, by its labels. */
export interface LabelledRun {
  readonly runToken: string;
  readonly taskId: string;
  readonly epoch: number;
}

/**
 * Whether a holder of a loop may end it: it is of that loop, nobody waits for its run, and it is not of somebody who took the
 * loop over since.
 */
export const isSuperseded = (
  run: LabelledRun,
  holder: Pick<LabelledRun, 'taskId' | 'epoch'>,
  awaited: ReadonlySet<string>,
): boolean => run.taskId === holder.taskId && run.epoch <= holder.epoch && !awaited.has(run.runToken);

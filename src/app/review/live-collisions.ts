import { collisions, type Collision } from '../../domain/review/collisions.ts';
import type { AgentView, LoopView } from '../projections/loop-view.ts';

export type { Collision } from '../../domain/review/collisions.ts';

const isAtWork = ({ role, endedAt, signals }: AgentView): boolean =>
  role === 'implementer' && endedAt === null && signals?.diff != null;

/**
 * Where implementers at work change the same files now, as far as somebody looks at the loop. None in a race: there
 * each does the whole task, and the work of one alone goes on.
 */
export function liveCollisions({ strategy, agents }: LoopView): readonly Collision[] {
  const working = strategy === 'race' ? [] : agents.filter(isAtWork);
  if (working.length < 2) return [];
  return collisions(
    working.map(({ id, signals }) => ({
      agentId: id,
      files: (signals?.diff?.files ?? []).map(({ path, ranges }) => ({ path, ranges: ranges ?? null })),
    })),
  );
}

/** Files that an implementer at work changes outside of its own part. */
export interface Trespass {
  readonly agentId: string;
  /** Whose part they are; empty: nobody's. */
  readonly owners: readonly string[];
  /** At least one. */
  readonly paths: readonly string[];
}

/** By agent, and by whose files these are; what is somebody else's comes first. */
export function liveTrespasses({ agents }: LoopView): readonly Trespass[] {
  return agents.filter(isAtWork).flatMap(({ id, signals }) => {
    const groups = new Map<string, Trespass>();
    for (const { path, ownedBy } of signals?.diff?.files ?? []) {
      if (ownedBy === undefined) continue;
      const key = ownedBy.join();
      const paths = [...(groups.get(key)?.paths ?? []), path];
      groups.set(key, { agentId: id, owners: ownedBy, paths });
    }
    return [...groups.values()].toSorted(
      (one, other) => Number(one.owners.length === 0) - Number(other.owners.length === 0),
    );
  });
}

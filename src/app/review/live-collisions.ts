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

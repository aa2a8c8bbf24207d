import type { LoopEvent } from '../../domain/loop/events.ts';
import { iterations, type IterationRecord, type LoopState } from '../../domain/loop/state.ts';
import type { StoredLoop } from '../stored-loop.ts';
import type { Revision } from './loop-review.ts';

/** All commits of a loop that a person may want to see, each once by what it is. */
export function revisionsOf({ state, events }: Pick<StoredLoop, 'state' | 'events'>): readonly Revision[] {
  return [
    { kind: 'base', commit: state.config.baseCommit },
    ...iterations(state).flatMap((record): readonly Revision[] => [
      { kind: 'start', iteration: record.number, commit: record.start },
      ...attemptsOf(events, record),
      ...integratedOf(record),
    ]),
    ...resultOf(state),
  ];
}

function attemptsOf(events: readonly LoopEvent[], { number, start }: IterationRecord): readonly Revision[] {
  return events.flatMap((event): readonly Revision[] => {
    if (event.type !== 'AgentExited' || event.iteration !== number) return [];
    const { agentId, attempt, commit, files } = event.exit;
    if (commit === null) return [];
    const paths = files.map(({ path }) => path);
    return [{ kind: 'attempt', iteration: number, agentId, attempt, commit, start, paths }];
  });
}

function integratedOf({ number, start, integrated }: IterationRecord): readonly Revision[] {
  if (!integrated) return [];
  const { commit, agents } = integrated;
  return [{ kind: 'integrated', iteration: number, commit, start, agents }];
}

function resultOf(state: LoopState): readonly Revision[] {
  if (state.phase.kind !== 'finished' || state.phase.event.commit === null) return [];
  const { commit } = state.phase.event;
  const all = iterations(state);
  const from = all.findLast((record) => record.integrated?.commit === commit) ?? all.at(-1);
  return [{ kind: 'result', iteration: from?.number ?? 0, commit }];
}

/** Who changed each path in the combined work of all iterations up to this one, in the order of their work. */
export function authorsOf(
  revisions: readonly Revision[],
  upTo: number,
): ReadonlyMap<string, readonly string[]> {
  const authors = new Map<string, readonly string[]>();
  for (const combined of revisions) {
    if (combined.kind !== 'integrated' || combined.iteration > upTo) continue;
    for (const agentId of combined.agents) {
      // A later attempt replaces an earlier one.
      const last = revisions.findLast(
        (each) =>
          each.kind === 'attempt' && each.iteration === combined.iteration && each.agentId === agentId,
      );
      if (last?.kind !== 'attempt') continue;
      for (const path of last.paths) {
        const known = authors.get(path) ?? [];
        if (!known.includes(agentId)) authors.set(path, [...known, agentId]);
      }
    }
  }
  return authors;
}

import type { LoopEvent } from '../../domain/loop/events.ts';
import { iterations, type IterationRecord, type LoopState } from '../../domain/loop/state.ts';
import { heldChanges } from '../../domain/review/held-changes.ts';
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
  const held = heldChanges(state, commit);
  return [{ kind: 'result', iteration: from?.number ?? 0, commit, standing: 'ended', held }];
}

type Attempt = Extract<Revision, { readonly kind: 'attempt' }>;

type Combined = Extract<Revision, { readonly kind: 'integrated' }>;

/** The attempts that the combined work of one iteration is made of. */
export const attemptsIn = (
  revisions: readonly Revision[],
  { agents, iteration }: Combined,
): readonly Attempt[] =>
  agents.flatMap((agentId) => {
    // A later attempt replaces an earlier one.
    const last = revisions.findLast(
      (each) => each.kind === 'attempt' && each.iteration === iteration && each.agentId === agentId,
    );
    return last?.kind === 'attempt' ? [last] : [];
  });

/** The attempts that the combined work of all iterations up to this one is made of, in the order of their work. */
export const revisionAuthors = (revisions: readonly Revision[], upTo: number): readonly Attempt[] =>
  revisions.flatMap((combined): readonly Attempt[] => {
    if (combined.kind !== 'integrated' || combined.iteration > upTo) return [];
    return attemptsIn(revisions, combined);
  });

/** Who changed each path in the combined work of all iterations up to this one, in the order of their work. */
export function authorsOf(
  revisions: readonly Revision[],
  upTo: number,
): ReadonlyMap<string, readonly string[]> {
  const authors = new Map<string, readonly string[]>();
  for (const { agentId, paths } of revisionAuthors(revisions, upTo)) {
    for (const path of paths) {
      const known = authors.get(path) ?? [];
      if (!known.includes(agentId)) authors.set(path, [...known, agentId]);
    }
  }
  return authors;
}

/** Commits that files can be taken from, each with the newest attempt of an agent in an iteration. */
export const sourcesOf = (revisions: readonly Revision[]): readonly Revision[] =>
  revisions.filter((each, at) => {
    if (each.kind !== 'attempt') return each.kind === 'base' || each.kind === 'integrated';
    return !revisions
      .slice(at + 1)
      .some(
        (later) =>
          later.kind === 'attempt' && later.agentId === each.agentId && later.iteration === each.iteration,
      );
  });

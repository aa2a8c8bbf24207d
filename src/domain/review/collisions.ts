import type { HunkPlace } from './hunks.ts';

/** Lines of a file as they were where all of them began: `first` to `last`, counted from 1, both changed. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** The lines of the start that hunks change; lines that are only added count as a change of the line they follow. */
export const changedLines = (places: readonly HunkPlace[]): readonly LineRange[] =>
  places.map(({ before: [start, end] }) =>
    start === end ? { first: Math.max(1, start), last: Math.max(1, start) } : { first: start + 1, last: end },
  );

/** What one agent has changed so far. */
export interface AgentWork {
  readonly agentId: string;
  readonly files: readonly {
    readonly path: string;
    /** The changed lines of the start, in any order; null where they are not known. */
    readonly ranges: readonly LineRange[] | null;
  }[];
}

/** Several agents change one file at the same time. */
export interface Collision {
  readonly path: string;
  /** In alphabetical order; at least two. */
  readonly agents: readonly string[];
  /** `apart`: in different places, so that git may combine them. `unknown`: the lines are not known. */
  readonly kind: 'overlapping' | 'apart' | 'unknown';
  /** Lines that two or more of them change, in order and not touching each other; empty unless they overlap. */
  readonly lines: readonly LineRange[];
}

/** Where agents are about to be in each other's way: what overlaps first, then by path. */
export function collisions(work: readonly AgentWork[]): readonly Collision[] {
  const byPath = new Map<string, Map<string, readonly LineRange[] | null>>();
  for (const { agentId, files } of work) {
    for (const { path, ranges } of files) {
      const agents = byPath.get(path) ?? new Map<string, readonly LineRange[] | null>();
      agents.set(agentId, ranges);
      byPath.set(path, agents);
    }
  }
  return [...byPath]
    .filter(([, agents]) => agents.size > 1)
    .map(([path, agents]) => collision(path, agents))
    .sort((one, other) => rank(one) - rank(other) || compare(one.path, other.path));
}

const RANKS: Readonly<Record<Collision['kind'], number>> = { overlapping: 0, unknown: 1, apart: 2 };
const rank = ({ kind }: Collision): number => RANKS[kind];
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function collision(path: string, agents: ReadonlyMap<string, readonly LineRange[] | null>): Collision {
  const known = [...agents.values()].filter((ranges) => ranges !== null);
  const lines = shared(known);
  const names = [...agents.keys()].sort(compare);
  if (lines.length > 0) return { path, agents: names, kind: 'overlapping', lines };
  return { path, agents: names, kind: known.length < agents.size ? 'unknown' : 'apart', lines: [] };
}

/** Lines in the ranges of two or more, by sweeping over where ranges begin and end. */
function shared(all: readonly (readonly LineRange[])[]): readonly LineRange[] {
  const edges = all
    .flatMap(merged)
    .flatMap(({ first, last }) => [
      { at: first, step: 1 },
      { at: last + 1, step: -1 },
    ])
    .sort((one, other) => one.at - other.at || one.step - other.step);
  const found: LineRange[] = [];
  let depth = 0;
  let began = 0;
  for (const { at, step } of edges) {
    const before = depth;
    depth += step;
    if (before < 2 && depth >= 2) began = at;
    else if (before >= 2 && depth < 2 && at > began) found.push({ first: began, last: at - 1 });
  }
  return merged(found);
}

/** In order, with ranges that overlap or touch as one, so that an agent never collides with itself. */
function merged(ranges: readonly LineRange[]): readonly LineRange[] {
  const joined: LineRange[] = [];
  for (const range of ranges.toSorted((one, other) => one.first - other.first)) {
    if (range.last < range.first) continue;
    const before = joined.at(-1);
    if (before && range.first <= before.last + 1)
      joined[joined.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
    else joined.push({ first: range.first, last: range.last });
  }
  return joined;
}

import { allOf, hunkSize, type FileHunks, type Hunk, type Rejected } from './hunks.ts';
import { cutAt, minus, sizeOf, union, type Ranges } from './ranges.ts';

export type Choice = 'accepted' | 'rejected' | 'undecided';

/** What a person chose about the lines of one hunk; those in neither list are undecided. */
export interface HunkChoice {
  readonly path: string;
  readonly hunk: string;
  readonly accepted: Ranges;
  readonly rejected: Ranges;
  /** Why lines were rejected, '' where nothing was said. */
  readonly reason: string;
}

export interface Chosen {
  readonly hunk: Hunk;
  readonly path: string;
  /** Null: the whole hunk. */
  readonly lines: Ranges | null;
  readonly choice: Choice;
  readonly reason?: string;
}

/** The choices with a new one, which replaces what was chosen about these lines before. */
export function choose(choices: readonly HunkChoice[], chosen: Chosen): readonly HunkChoice[] {
  const { hunk, path, choice } = chosen;
  const same = (each: HunkChoice): boolean => each.path === path && each.hunk === hunk.id;
  const before = choices.find(same);
  const lines = chosen.lines === null ? allOf(hunk) : cutAt(chosen.lines, hunkSize(hunk));
  const accepted = minus(before?.accepted ?? [], lines);
  const rejected = minus(before?.rejected ?? [], lines);
  const next: HunkChoice = {
    path,
    hunk: hunk.id,
    accepted: choice === 'accepted' ? union(accepted, lines) : accepted,
    rejected: choice === 'rejected' ? union(rejected, lines) : rejected,
    reason: chosen.reason ?? before?.reason ?? '',
  };
  const isEmpty = next.accepted.length === 0 && next.rejected.length === 0;
  if (before === undefined) return isEmpty ? choices : [...choices, next];
  return choices.flatMap((each) => (same(each) ? (isEmpty ? [] : [next]) : [each]));
}

/** `part`: some lines were chosen and others not, or otherwise. */
export type Standing = Choice | 'part';

export function standingOf(choices: readonly HunkChoice[], path: string, hunk: Hunk): Standing {
  const found = choices.find((each) => each.path === path && each.hunk === hunk.id);
  if (!found) return 'undecided';
  const size = hunkSize(hunk);
  if (sizeOf(found.accepted) === size) return 'accepted';
  return sizeOf(found.rejected) === size ? 'rejected' : 'part';
}

export const rejectedOf = (choices: readonly HunkChoice[], path: string): Rejected =>
  new Map(
    choices.flatMap((each) =>
      each.path === path && each.rejected.length > 0 ? [[each.hunk, each.rejected]] : [],
    ),
  );

/**
 * The lines of a hunk that a selection on one side means. Where as many lines came as went, they belong together in
 * pairs; else only the selected side is meant. All lines of the side mean the whole hunk.
 */
export function linesMeant(
  hunk: Hunk,
  side: 'before' | 'after',
  [from, to]: readonly [number, number],
): Ranges | null {
  const [start, end] = hunk[side];
  const chosen: Ranges = cutAt([[from - start, to - start]], end - start);
  if (sizeOf(chosen) === end - start) return null;
  const removed = hunk.removed.length;
  const shifted = chosen.map(([a, b]): readonly [number, number] => [a + removed, b + removed]);
  if (removed === hunk.added.length) return union(chosen, shifted);
  return side === 'before' ? chosen : shifted;
}

/** The hunk at a line of one side, counted from 0; one that has no lines there stands at the line it follows. */
export function hunkAt(file: FileHunks, side: 'before' | 'after', line: number): Hunk | null {
  return (
    file.hunks.find((hunk) => {
      const [start, end] = hunk[side];
      if (hunk.kind === 'file') return false;
      return start === end ? line === start || line === start - 1 : start <= line && line < end;
    }) ?? null
  );
}

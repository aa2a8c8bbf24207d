/** Where lines of one text stand in another one: what comments are anchored by when code moves. */

export interface Place {
  /** The first and the last line, from 1. */
  readonly line: number;
  readonly endLine: number;
}

/** Differences beyond this are looked at by lines that occur once in both texts. */
const MAX_EDITS = 1500;

export const linesOf = (text: string): readonly string[] => text.split(/\r?\n/);

/**
 * The line of `after` (from 1) that each line of `before` has become, by a shortest edit script; null where it is
 * gone. Index 0 is line 1.
 */
export function mapLines(before: readonly string[], after: readonly string[]): readonly (number | null)[] {
  const mapped = Array.from<number | null>({ length: before.length }).fill(null);
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let [end, endAfter] = [before.length, after.length];
  while (end > start && endAfter > start && before[end - 1] === after[endAfter - 1]) {
    end -= 1;
    endAfter -= 1;
  }
  for (let at = 0; at < start; at++) mapped[at] = at + 1;
  for (let at = end; at < before.length; at++) mapped[at] = at + 1 + endAfter - end;
  const pairs = matches(before.slice(start, end), after.slice(start, endAfter));
  for (const [from, to] of pairs) mapped[start + from] = start + to + 1;
  return mapped;
}

/** Where lines have gone: as far as they are still there, else the one place where all of them stand now; null: gone. */
export function follow(place: Place, before: readonly string[], after: readonly string[]): Place | null {
  const mapped = mapLines(before, after).slice(place.line - 1, place.endLine);
  const kept = mapped.filter((line) => line !== null);
  const [first] = kept;
  if (first !== undefined) return { line: first, endLine: Math.max(first, kept.at(-1) ?? first) };
  return moved(before.slice(place.line - 1, place.endLine), after);
}

/** The only place where these lines stand; null where there is none, or several, or nothing to look for. */
export function moved(lines: readonly string[], after: readonly string[]): Place | null {
  if (lines.every((line) => line.trim() === '')) return null;
  const found: Place[] = [];
  for (let at = 0; at + lines.length <= after.length && found.length < 2; at++) {
    if (lines.every((line, offset) => after[at + offset] === line)) {
      found.push({ line: at + 1, endLine: at + lines.length });
    }
  }
  const [only, other] = found;
  return only && !other ? only : null;
}

type Pair = readonly [from: number, to: number];

/** Common lines of two texts in order, as many as possible (Myers' algorithm). */
function matches(before: readonly string[], after: readonly string[]): readonly Pair[] {
  const size = Math.min(before.length + after.length, MAX_EDITS) + 1;
  const reached = new Int32Array(2 * size + 1);
  const trace: Int32Array[] = [];
  for (let edits = 0; edits < size; edits++) {
    trace.push(reached.slice(size - edits - 1, size + edits + 2));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const [left = 0, right = 0] = [reached[size + diagonal - 1], reached[size + diagonal + 1]];
      const down = diagonal === -edits || (diagonal !== edits && left < right);
      let from = down ? right : left + 1;
      while (
        from < before.length &&
        from - diagonal < after.length &&
        before[from] === after[from - diagonal]
      ) {
        from += 1;
      }
      reached[size + diagonal] = from;
      if (from >= before.length && from - diagonal >= after.length) {
        return walkBack(trace, before.length, after.length);
      }
    }
  }
  return uniqueMatches(before, after);
}

/** From the end, along the edits that led to it; `trace[n]` is how far each diagonal was before edit n. */
function walkBack(trace: readonly Int32Array[], length: number, lengthAfter: number): readonly Pair[] {
  const pairs: Pair[] = [];
  let [from, to] = [length, lengthAfter];
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const reached = trace[edits] ?? new Int32Array();
    const at = (diagonal: number): number => reached[diagonal + edits + 1] ?? 0;
    const diagonal = from - to;
    const down = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) < at(diagonal + 1));
    const previous = down ? diagonal + 1 : diagonal - 1;
    const before = edits === 0 ? 0 : at(previous);
    for (const start = down ? before : before + 1; from > start;) {
      from -= 1;
      to -= 1;
      pairs.push([from, to]);
    }
    [from, to] = [before, before - previous];
  }
  return pairs;
}

/** Of two texts that have little in common: lines that occur once in each. */
function uniqueMatches(before: readonly string[], after: readonly string[]): readonly Pair[] {
  const places = once(after);
  return Array.from(once(before)).flatMap(([line, from]) => {
    const to = places.get(line);
    return to === undefined ? [] : [[from, to] as const];
  });
}

function once(lines: readonly string[]): ReadonlyMap<string, number> {
  const seen = new Map<string, number>();
  const twice = new Set<string>();
  for (const [index, line] of lines.entries()) {
    if (seen.has(line)) twice.add(line);
    else seen.set(line, index);
  }
  for (const line of twice) seen.delete(line);
  return seen;
}

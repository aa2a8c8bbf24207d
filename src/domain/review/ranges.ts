/** Lines of a hunk, counted from 0, the end not included. */
export type LineRange = readonly [start: number, end: number];

/** Sorted, apart from each other and none of them empty. */
export type Ranges = readonly LineRange[];

export function union(a: Ranges, b: Ranges): Ranges {
  const sorted = [...a, ...b].filter(([start, end]) => start < end).sort((one, two) => one[0] - two[0]);
  const merged: [number, number][] = [];
  for (const [start, end] of sorted) {
    const last = merged.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

/** What of `a` is not in `b`. */
export function minus(a: Ranges, b: Ranges): Ranges {
  return b.reduce<Ranges>(
    (left, [from, to]) =>
      left.flatMap(([start, end]): LineRange[] => {
        const pieces: LineRange[] = [
          [start, Math.min(end, from)],
          [Math.max(start, to), end],
        ];
        return from < end && start < to ? pieces.filter(([head, tail]) => head < tail) : [[start, end]];
      }),
    a,
  );
}

export const within = (ranges: Ranges, line: number): boolean =>
  ranges.some(([start, end]) => start <= line && line < end);

export const sizeOf = (ranges: Ranges): number =>
  ranges.reduce((size, [start, end]) => size + end - start, 0);

/** As much of the ranges as lies below `size`. */
export const cutAt = (ranges: Ranges, size: number): Ranges =>
  union(
    ranges.map(([start, end]): LineRange => [Math.max(0, start), Math.min(end, size)]),
    [],
  );

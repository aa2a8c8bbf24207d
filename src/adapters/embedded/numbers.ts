const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** A 64-bit integer in its one spelling, as Redis takes it. */
export function parseInt64(text: string | undefined): bigint | null {
  if (text === undefined || !/^(?:0|-?[1-9]\d{0,18})$/.test(text)) return null;
  const value = BigInt(text);
  return inRange(value) ? value : null;
}

export function inRange(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX;
}

/** An integer for indexes and counts; beyond what a number holds exactly, the nearest bound. */
export function parseCount(text: string | undefined): number | null {
  const value = parseInt64(text);
  if (value === null) return null;
  const bound = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(value > bound ? bound : value < -bound ? -bound : value);
}

/** Bounds of a range over `length` items, negative ones counted from the end; `null` when it is empty. */
export function rangeOf(start: number, stop: number, length: number): readonly [number, number] | null {
  const from = Math.max(start < 0 ? length + start : start, 0);
  const to = Math.min(stop < 0 ? length + stop : stop, length - 1);
  return from > to || from >= length ? null : [from, to];
}

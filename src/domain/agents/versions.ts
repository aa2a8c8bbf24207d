/** Versions of a CLI, both included. */
export interface VersionRange {
  readonly from: string;
  readonly to: string;
}

/** Numbers of a version; what follows them (`-beta.1`, a build's name) is left out. */
const numbers = (version: string): readonly number[] =>
  (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);

/** Negative when `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function placeInRange(version: string, { from, to }: VersionRange): 'older' | 'inside' | 'newer' {
  if (compareVersions(version, from) < 0) return 'older';
  return compareVersions(version, to) > 0 ? 'newer' : 'inside';
}

export const rangeText = ({ from, to }: VersionRange): string => (from === to ? from : `${from} to ${to}`);

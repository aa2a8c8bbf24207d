import { realpath } from 'node:fs/promises';
import nodePath from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';

type PathRules = Pick<nodePath.PlatformPath, 'relative' | 'isAbsolute' | 'sep'>;

/** Whether `path` is `root` or lies below it; both absolute. Links are not looked at. */
export function isBelow(root: string, path: string, rules: PathRules = nodePath): boolean {
  const way = rules.relative(root, path);
  return way !== '..' && !way.startsWith(`..${rules.sep}`) && !rules.isAbsolute(way);
}

const LONGEST = 4096;

/** What git keeps for itself, as file systems without case and with Windows' second names see it. */
const isGits = (segment: string): boolean => /^(?:\.git|git~\d+)[. ]*(?::.*)?$/i.test(segment);

export interface Place {
  /** The root it lies in, without links. */
  readonly root: string;
  /** Without links; below the root. */
  readonly path: string;
}

/**
 * Where a path that a model named is, if that is one of `roots` or below it, links followed. Relative ones begin in the
 * first root. What is outside by its name alone is refused without a look at the disk.
 */
export async function placeWithin(roots: readonly string[], asked: string): Promise<Result<Place, string>> {
  const outside = err(`${shown(asked.slice(0, 200))} lies outside of what you may read.`);
  const [first] = roots;
  if (first === undefined || asked.includes('\0') || asked.length > LONGEST) return outside;
  const named = nodePath.resolve(first, asked);
  if (!roots.some((root) => isBelow(root, named))) return outside;
  const path = await realpath(named).catch(() => null);
  if (path === null) return err(`${shown(asked)} does not exist.`);
  for (const each of roots) {
    const root = await realpath(each).catch(() => null);
    if (root === null || !isBelow(root, path)) continue;
    const segments = nodePath.relative(root, path).split(nodePath.sep);
    return segments.some(isGits) ? outside : ok({ root, path });
  }
  return outside;
}

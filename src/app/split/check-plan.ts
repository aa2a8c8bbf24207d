import ignore from 'ignore';
import { shown } from '../../base/shown.ts';
import type { Part } from '../../domain/loop/model.ts';

/** What a person should look at before a plan is started; of one pattern, or of a whole part. */
export interface PlanMark {
  /** Counted from 0. */
  readonly part: number;
  /** One short text on one line, without a full stop. */
  readonly text: string;
}

const FILES_NAMED = 3;

/** By its own words: up, a drive, a home folder. A leading slash means the root of the repository. */
const leadsOutside = (pattern: string): boolean =>
  pattern.split(/[\\/]/).includes('..') || /^!?(?:[A-Za-z]:|~|\\\\)/.test(pattern);

const isLiteral = (pattern: string): boolean => !/[*?[\]!\\]/.test(pattern);

type Has = (path: string) => boolean;

/** As the loop reads a part's files once it runs. */
function matcher(patterns: readonly string[]): Has {
  const rules = ignore().add(patterns.map((pattern) => pattern.replace(/^\.\//, '')));
  return (path) => ignore.isPathValid(path) && rules.ignores(path);
}

/** `paths`: every file of the commit, with forward slashes. Parts that share files, and patterns that name none. */
export function checkPlan(parts: readonly Part[], paths: readonly string[]): readonly PlanMark[] {
  const has = parts.map(({ files }) => matcher(files.filter((pattern) => !leadsOutside(pattern))));
  // Files that are to be made have no path yet; their own names stand for them.
  const named = parts.flatMap(({ files }) =>
    files.filter(isLiteral).map((name) => name.replace(/^\.?\//, '')),
  );
  const known = [...new Set([...paths, ...named.filter((name) => name !== '' && !name.endsWith('/'))])];
  return parts.flatMap(({ files }, part) => [
    ...files.flatMap((pattern) => ofPattern(part, pattern, paths)),
    ...parts.slice(0, part).flatMap((_, other) => overlap({ part, other, has }, known)),
  ]);
}

function ofPattern(part: number, pattern: string, paths: readonly string[]): readonly PlanMark[] {
  if (leadsOutside(pattern)) return [{ part, text: `${shown(pattern)} lies outside of the repository` }];
  if (pattern.startsWith('!')) return [];
  return paths.some(matcher([pattern]))
    ? []
    : [{ part, text: `${shown(pattern)} names no file that exists` }];
}

function overlap(
  { part, other, has }: { readonly part: number; readonly other: number; readonly has: readonly Has[] },
  known: readonly string[],
): readonly PlanMark[] {
  const both = known.filter((path) => has[part]?.(path) === true && has[other]?.(path) === true);
  if (both.length === 0) return [];
  const more = both.length > FILES_NAMED ? ` and ${both.length - FILES_NAMED} more` : '';
  const names = both.slice(0, FILES_NAMED).map((path) => shown(path));
  return [{ part, text: `part ${other + 1} has ${names.join(', ')}${more} too` }];
}

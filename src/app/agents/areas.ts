import ignore from 'ignore';
import type { LoopConfig } from '../../domain/loop/config.ts';
import type { Area } from '../../domain/review/boundaries.ts';

/** What implementers may change by the `files` of their parts, which are patterns as in `.gitignore`. None in a race. */
export function areasOf({ strategy, parts, crew }: LoopConfig): readonly Area[] {
  if (strategy === 'race') return [];
  const implementers = crew.filter(({ role }) => role === 'implementer');
  return implementers.flatMap(({ id }, at): readonly Area[] => {
    const files = parts[at]?.files ?? [];
    if (files.length === 0) return [];
    const patterns = ignore().add(files.map((file) => file.replace(/^\.\//, '')));
    return [{ agentId: id, has: (path) => ignore.isPathValid(path) && patterns.ignores(path) }];
  });
}

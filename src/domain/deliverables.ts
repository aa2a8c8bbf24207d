import { globMatches } from '../base/glob.ts';

/**
 * Which deliverables are files of the repository. `src/auth.ts`, `docs/`, `test/**\/*.test.ts`, `./Makefile`: a path from
 * the opened folder, alone on its line or followed by `: ` or ` - ` and words. A line in backticks is a path whatever it
 * looks like. Everything else is prose, which no rule can look up: `rate limiting`, `CI/CD`, `docs/api`, `v1.2`.
 */
export function deliverablePath(line: string): string | null {
  const text = line.trim();
  const quoted = /^`([^`]+)`(?:\s*$|\s*:\s|\s+[-–—]\s)/.exec(text)?.[1];
  const word = quoted ?? /^(\S+?)(?:$|:\s|\s+[-–—]\s)/.exec(text)?.[1];
  if (word === undefined || !isInside(word)) return null;
  if (quoted === undefined && !looksLikePath(word)) return null;
  return word.replace(/^(?:\.\/)+/, '');
}

const isInside = (path: string): boolean =>
  !/^[/\\~]|^[A-Za-z]:|:\/\/|\\/.test(path) && !path.split('/').includes('..');

/** An ending, a folder's slash, a pattern or `./`; `CI/CD` and `and/or` have none of them. */
const looksLikePath = (word: string): boolean =>
  /^[\w.@+~()[\]{}*?/-]+$/.test(word) &&
  /[A-Za-z*]/.test(word) &&
  (/(?:^|[^.])\.[A-Za-z][A-Za-z0-9]{0,9}$/.test(word) ||
    /^\.[A-Za-z][\w.-]*$/.test(word) ||
    (word.endsWith('/') && word.length > 1) ||
    /\*/.test(word) ||
    word.startsWith('./'));

export interface Delivered {
  /** The opened folder, '' at the root. */
  readonly prefix: string;
  /** All files of the commit, from its root. */
  readonly files: readonly string[];
}

/** Deliverables that are paths and at which the commit has neither a file nor a folder with one. */
export function missingDeliverables(
  deliverables: readonly string[],
  { prefix, files }: Delivered,
): readonly string[] {
  const inside = prefix === '' ? '' : `${prefix}/`;
  return deliverables.flatMap((line) => {
    const path = deliverablePath(line);
    if (path === null) return [];
    const wanted = inside !== '' && path.startsWith(inside) ? path : `${inside}${path}`;
    return files.some((file) => isAt(wanted, file)) ? [] : [path];
  });
}

function isAt(wanted: string, file: string): boolean {
  const folder = wanted.endsWith('/') ? wanted : `${wanted}/`;
  if (file === wanted || file.startsWith(folder)) return true;
  return /[*?]/.test(wanted) && matches(wanted.split('/'), file.split('/'));
}

/** `**` stands for any number of folders, everything else stays within its own. */
function matches(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return path.length === 0;
  if (first === '') return path.length > 0 && rest.length === 0;
  if (first === '**') return matches(rest, path) || (path.length > 0 && matches(pattern, path.slice(1)));
  const [name, ...below] = path;
  return name !== undefined && globMatches(first, name) && matches(rest, below);
}

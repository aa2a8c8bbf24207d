/** One simple command of a shell line, with the operator that stands before it. */
export interface Segment {
  readonly words: readonly string[];
  readonly operator: '' | '&&' | '||' | ';';
}

/**
 * Splits a shell line into its simple commands, or gives null for what would need a shell to understand:
 * pipes, redirections, substitutions, background jobs, groups. Quotes are removed, nothing is expanded.
 */
export function splitShellLine(line: string): readonly Segment[] | null {
  const segments: Segment[] = [];
  let words: string[] = [];
  let operator: Segment['operator'] = '';
  let rest = line.trim();
  while (rest.length > 0) {
    const next = nextToken(rest);
    if (!next) return null;
    rest = rest.slice(next.length).trimStart();
    if (next.kind === 'word') {
      words.push(next.text);
      continue;
    }
    if (words.length === 0) return null;
    segments.push({ words, operator });
    words = [];
    operator = next.text;
  }
  if (words.length > 0) segments.push({ words, operator });
  return segments.length > 0 ? segments : null;
}

type Token =
  | { readonly kind: 'word'; readonly text: string; readonly length: number }
  | { readonly kind: 'operator'; readonly text: '&&' | '||' | ';'; readonly length: number };

function nextToken(text: string): Token | null {
  if (text.startsWith('&&')) return { kind: 'operator', text: '&&', length: 2 };
  if (text.startsWith('||')) return { kind: 'operator', text: '||', length: 2 };
  if (text.startsWith(';')) return { kind: 'operator', text: ';', length: 1 };
  const match = /^(?:"(?:[^"\\`$]|\\.)*"|'[^']*'|\\.|[^\s"'\\&|;<>()`$\n])+/.exec(text);
  if (!match) return null;
  const after = text.slice(match[0].length);
  if (after !== '' && !/^(?:\s|&&|\|\||;)/.test(after)) return null;
  const word = match[0].replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_, double, single, escaped) =>
    String(double ?? single ?? escaped).replaceAll(/\\(["\\])/g, '$1'),
  );
  return { kind: 'word', text: word, length: match[0].length };
}

const PRINTS = new Set(['echo', 'printf', 'true', ':', 'exit', 'rem', 'write-host', 'false', 'sleep']);
const PROGRAM_THAT_PRINTS = /^\s*(?:(?:console\.\w+|print|process\.exit|puts)\s*\([^()]*\)\s*;?\s*)*$/;

/** True for a script that checks nothing: it only prints, waits, or ends with a fixed code. */
export function onlyPrints(script: string): boolean {
  if (script.trim() === '') return true;
  const segments = splitShellLine(script);
  if (!segments) return /^\s*echo\b[^&|;`$()]*$/.test(script);
  return segments.every(({ words }) => {
    const [program, ...args] = withoutAssignments(words);
    if (program === undefined || PRINTS.has(program.toLowerCase())) return true;
    const source = ['-e', '-c', '--eval', '-p', '--print'].includes(args[0] ?? '') ? args[1] : undefined;
    return source !== undefined && PROGRAM_THAT_PRINTS.test(source);
  });
}

/** Drops `NAME=value` words at the front, with `cross-env` and `env` that introduce them. */
export function withoutAssignments(words: readonly string[]): readonly string[] {
  let index = 0;
  while (
    index < words.length &&
    /^(?:[A-Za-z_]\w*=.*|cross-env|cross-env-shell|env)$/s.test(words[index] ?? '')
  ) {
    index += 1;
  }
  return words.slice(index);
}

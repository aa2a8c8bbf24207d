/** What of a line of output can be clicked; pure. */
export type FoundLink = { readonly start: number; readonly length: number } & (
  | {
      readonly kind: 'file';
      readonly path: string;
      /** Counted from 1. */
      readonly line: number;
      readonly column: number;
    }
  | { readonly kind: 'agent'; readonly id: string }
);

const MAX_LINE = 2000;
const FILE =
  /(?<![\w@+\\/.:-])((?:[A-Za-z]:[\\/]|\.{0,2}[\\/])?(?:[\w.@+-]+[\\/])*[\w.@+-]*\.[A-Za-z]\w{0,9})(?::(\d{1,7})(?::(\d{1,5}))?|\((\d{1,7})(?:,(\d{1,5}))?\))/g;
const WORD = /(?<![\w/\\.-])[A-Za-z0-9][\w-]{0,63}(?![\w/\\-]|\.\w)/g;

/** `agentIds` as they are written; a line is only read up to its 2,000th character. */
export function findLinks(text: string, agentIds: ReadonlySet<string>): readonly FoundLink[] {
  const line = text.slice(0, MAX_LINE);
  const files = [...line.matchAll(FILE)].map((found): FoundLink => {
    const [all, path = '', colonLine, colonColumn, line_, column] = found;
    return {
      kind: 'file',
      start: found.index,
      length: all.length,
      path,
      line: Number(colonLine ?? line_),
      column: Number(colonColumn ?? column ?? 1),
    };
  });
  const agents = [...line.matchAll(WORD)]
    .filter(([word]) => agentIds.has(word))
    .map(({ 0: id, index }): FoundLink => ({ kind: 'agent', start: index, length: id.length, id }));
  return [...files, ...agents].sort((one, other) => one.start - other.start);
}

const SAID = /^\d\d:\d\d:\d\d ([A-Za-z0-9][\w-]{0,63}) (?:text|tool|tool-result|error|notice|result): /;

/** The agent whose words a line of `cfn logs` tells; null for any other line. */
export const agentOfLine = (line: string): string | null => SAID.exec(line)?.[1] ?? null;

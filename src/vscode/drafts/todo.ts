/** Comments that say what is still to be done; pure. */
export interface Todo {
  /** Counted from 0. */
  readonly line: number;
  readonly word: 'TODO' | 'FIXME';
  readonly text: string;
}

const COMMENT =
  /(?:\/\/+|\/\*+|^\s*\*|#+|<!--+|--|;+|%+)\s*@?(TODO|FIXME)\b(?:\s*\([^)]{0,80}\))?\s*[:-]?\s*(.*)$/;
const END = /\s*(?:\*+\/|--+>)\s*$/;

export function todoOf(text: string, line: number): Todo | null {
  const [, word, said = ''] = COMMENT.exec(text.slice(0, 1000)) ?? [];
  if (word !== 'TODO' && word !== 'FIXME') return null;
  return { line, word, text: said.replace(END, '').trim() };
}

export const todosOf = (lines: readonly string[]): readonly Todo[] =>
  lines.flatMap((text, line) => todoOf(text, line) ?? []);

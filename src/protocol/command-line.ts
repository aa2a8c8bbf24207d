import { err, ok, type Result } from '../base/result.ts';

const BLANK = /[ \t\r\n]/;
/** Within double quotes a backslash keeps its meaning before these alone. */
const ESCAPABLE_IN_DOUBLE_QUOTES = '$`"\\';

/**
 * Splits a command line into words by POSIX quoting rules, the same on every platform. Nothing is
 * expanded and nothing is an operator: `$HOME`, `*`, `~`, `#`, `|` and `;` are ordinary characters.
 * Errors are half sentences that follow the name of what is wrong.
 */
export function splitCommandLine(text: string): Result<readonly string[], string> {
  if (text.includes('\0')) return err('holds a NUL character, which no program can be given');
  const words: string[] = [];
  let word: string | null = null;
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (BLANK.test(char)) {
      if (word !== null) words.push(word);
      word = null;
      at += 1;
      continue;
    }
    const piece = nextPiece(text, at);
    if (!piece.ok) return piece;
    // A backslash before a line end continues the line and starts no word.
    if (piece.value.text !== null) word = (word ?? '') + piece.value.text;
    at = piece.value.next;
  }
  if (word !== null) words.push(word);
  return ok(words);
}

/** `text` is null where the input stands for nothing at all. */
type Piece = Result<{ readonly text: string | null; readonly next: number }, string>;

function nextPiece(text: string, at: number): Piece {
  const char = text.charAt(at);
  if (char === "'") return singleQuoted(text, at);
  if (char === '"') return doubleQuoted(text, at);
  if (char !== '\\') return ok({ text: char, next: at + 1 });
  if (at + 1 >= text.length) return err('ends with a lone backslash');
  const escaped = text.charAt(at + 1);
  return ok({ text: escaped === '\n' ? null : escaped, next: at + 2 });
}

function singleQuoted(text: string, at: number): Piece {
  const end = text.indexOf("'", at + 1);
  if (end < 0) return err('has a single quote that is never closed');
  return ok({ text: text.slice(at + 1, end), next: end + 1 });
}

function doubleQuoted(text: string, start: number): Piece {
  let quoted = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') return ok({ text: quoted, next: at + 1 });
    const following = text.charAt(at + 1);
    if (char === '\\' && following === '\n') {
      at += 1;
    } else if (char === '\\' && following !== '' && ESCAPABLE_IN_DOUBLE_QUOTES.includes(following)) {
      quoted += following;
      at += 1;
    } else {
      quoted += char;
    }
  }
  return err('has a double quote that is never closed');
}

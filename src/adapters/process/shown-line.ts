import { stripVTControlCharacters } from 'node:util';

/** Fences, brackets and rules are no last words. */
export const SAYS_SOMETHING = /[\p{L}\p{N}]/u;

// oxlint-disable-next-line no-control-regex -- control characters are what is removed
const withoutControl = (text: string) => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();

/** The beginning of a text on one line, without anything that moves a cursor. */
export const shownLine = (text: string, limit: number): string =>
  withoutControl(stripVTControlCharacters(text.slice(0, 4 * limit))).slice(0, limit);

/** A text with its lines, without anything else that moves a cursor. */
export const shownText = (text: string): string =>
  text
    .split(/\r?\n/)
    .map((line) => withoutControl(stripVTControlCharacters(line)))
    .join('\n')
    .trim();

/** The last line with a word or a number, without anything that moves a cursor. */
export function lastLineOf(text: string, limit: number): string {
  const lines = stripVTControlCharacters(text.slice(-4 * limit)).split('\n');
  return (lines.map(withoutControl).findLast((line) => SAYS_SOMETHING.test(line)) ?? '').slice(0, limit);
}

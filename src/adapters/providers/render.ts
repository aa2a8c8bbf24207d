import { markUnseen } from '../../base/unseen.ts';
import type { TranscriptLine } from '../../protocol/attempt.ts';

type Line = Pick<TranscriptLine, 'stream' | 'kind' | 'text'>;

const RESULT_LINES = 8;
const TAB = '    ';

/** Escape sequences: control strings (titles, links, clipboard) up to their end, CSI, and the short ones. */
const SEQUENCES =
  // oxlint-disable-next-line no-control-regex
  /(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[\s\S]*?(?:\u0007|\u001B\\|\u009C|$)|(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]?|\u001B[ -/]*[0-~]?/g;

/** Text of a stranger that may be printed: it cannot move the cursor, set titles, ring or turn text round. */
export function printable(text: string): string {
  const plain = text.replaceAll(SEQUENCES, '').replaceAll(/\r\n?/g, '\n').replaceAll('\t', TAB);
  return markUnseen(plain, () => '', '\n');
}

const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function fit(text: string, columns: number): string {
  if (text.length <= columns) return text;
  // A character can be long (families of emoji), but not this long.
  const seen = Array.from(characters.segment(text.slice(0, columns * 12)), ({ segment }) => segment);
  return seen.length <= columns ? text : `${seen.slice(0, Math.max(1, columns - 1)).join('')}…`;
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, magenta: 35, cyan: 36 } as const;

/**
 * One event of a transcript as lines for a terminal, without a final newline. Paths, `path:line` and URLs
 * stay whole and free of styling inside, so that a terminal can make them links.
 */
export function renderTranscript(
  line: Line,
  columns: number,
  options: { readonly color: boolean } = { color: true },
): string {
  const style = (text: string, ...names: readonly (keyof typeof CODES)[]) =>
    options.color && text !== ''
      ? `\u001B[${names.map((name) => CODES[name]).join(';')}m${text}\u001B[0m`
      : text;
  const lines = printable(line.text).trimEnd().split('\n');
  const each = (mark: string, ...names: readonly (keyof typeof CODES)[]) =>
    lines
      .map((text, index) => `${index === 0 ? mark : ' '.repeat(mark.length)}${text}`)
      .map((text) => style(text, ...names))
      .join('\n');
  if (line.stream === 'harness') return each('cfn ▸ ', 'magenta');
  switch (line.kind) {
    case 'text':
      return line.stream === 'stderr' ? each('', 'yellow') : lines.join('\n');
    case 'tool':
      return style(fit(`● ${lines.join(' ')}`, columns), 'cyan');
    case 'tool-result': {
      const hidden = lines.length - RESULT_LINES;
      const shown = lines.slice(0, RESULT_LINES).map((text) => fit(`  │ ${text}`, columns));
      if (hidden > 0) shown.push(`  │ … ${hidden} more ${hidden === 1 ? 'line' : 'lines'}`);
      return shown.map((text) => style(text, 'dim')).join('\n');
    }
    case 'error':
      return each('✗ ', 'red');
    case 'notice':
      return each('· ', 'dim');
    case 'result':
      return each('✓ ', 'bold', 'green');
  }
}

/** https://no-color.org: any non-empty NO_COLOR turns colours off. */
export function wantsColor(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'] ?? '';
  return forced === '' ? isTerminal && env['TERM'] !== 'dumb' : forced !== '0';
}

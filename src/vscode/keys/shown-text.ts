/** Bytes and hostile texts as people read them; pure. */
import { nameOfBytes } from '../../base/byte-text.ts';
import { markUnseen } from '../../base/unseen.ts';

/** Pictures of the control characters, in their order. */
const PICTURES = 0x24_00;
const DELETE = 0x7f;

/** All that is not seen is shown: `␛[31m`, `\u{202e}`. Line ends and tabs stay where `lines` is true. */
export function shownText(text: string, lines = true): string {
  return markUnseen(text, pictured, lines ? '\n\t' : '');
}

function pictured(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(PICTURES + code);
  return code === DELETE ? '␡' : String.raw`\u{${code.toString(16)}}`;
}

const MOST_SHOWN = 500;

/** A key's name, or a part of it, on one line. */
export function shownName(bytes: string): string {
  // Cut before it is decoded: a name may be megabytes long.
  const cut = bytes.length > 4 * MOST_SHOWN ? bytes.slice(0, 4 * MOST_SHOWN) : bytes;
  const text = shownText(nameOfBytes(cut), false);
  return text.length > MOST_SHOWN || cut !== bytes ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

const UNITS = ['kB', 'MB', 'GB'] as const;

/** `412 bytes`, `64 kB`, `10.8 MB` */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  let size = bytes / 1000;
  let unit = 0;
  for (; size >= 999.5 && unit < UNITS.length - 1; unit += 1) size /= 1000;
  return `${size >= 100 ? Math.round(size) : Math.round(size * 10) / 10} ${UNITS[unit] ?? ''}`;
}

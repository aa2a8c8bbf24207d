/** Bytes as a store gives them, one character for each (latin1), and as people read them. */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `null` when the bytes are no UTF-8. */
export function decodeBytes(bytes: string): string | null {
  try {
    return strict.decode(toArray(bytes));
  } catch {
    return null;
  }
}

export function encodeText(text: string): string {
  return fromArray(new TextEncoder().encode(text));
}

/** As much of the bytes as is whole UTF-8: a text that was cut off may end within a character. */
export function decodeCut(bytes: string): string | null {
  for (let less = 0; less < 4 && less < bytes.length; less++) {
    const text = decodeBytes(less === 0 ? bytes : bytes.slice(0, -less));
    if (text !== null) return text;
  }
  return bytes === '' ? '' : null;
}

/** Decodes what comes in pieces, which may be cut within a character; `null` from the first foreign byte on. */
export function pieceDecoder(): { add(bytes: string): string | null; end(): string | null } {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const attempt = (decode: () => string): string | null => {
    try {
      return decode();
    } catch {
      return null;
    }
  };
  return {
    add: (bytes) => attempt(() => decoder.decode(toArray(bytes), { stream: true })),
    end: () => attempt(() => decoder.decode()),
  };
}

/** A name on one line: text where it is UTF-8, else with its foreign bytes as `\xff`. */
export function nameOfBytes(bytes: string): string {
  const text = decodeBytes(bytes);
  if (text !== null) return text;
  return Array.from(bytes, (byte) => (byte >= ' ' && byte <= '~' ? byte : escaped(byte))).join('');
}

const escaped = (byte: string): string => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;

const HEX_LINE = 16;

/** `00000010  61 ff 00 …  a..` */
export function hexDump(bytes: string): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += HEX_LINE) {
    const part = Array.from(bytes.slice(at, at + HEX_LINE));
    const codes = part.map((byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join(' ');
    const shown = part.map((byte) => (byte >= ' ' && byte <= '~' ? byte : '.')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${codes.padEnd(3 * HEX_LINE - 1)}  ${shown}`);
  }
  return lines.join('\n');
}

function toArray(bytes: string): Uint8Array {
  const array = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) array[at] = bytes.charCodeAt(at);
  return array;
}

const PIECE = 8192;

function fromArray(array: Uint8Array): string {
  let bytes = '';
  for (let at = 0; at < array.length; at += PIECE) {
    bytes += String.fromCharCode(...array.subarray(at, at + PIECE));
  }
  return bytes;
}

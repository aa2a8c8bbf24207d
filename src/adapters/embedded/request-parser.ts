/** Limits of what a client may send; before it has logged in they are small. */
export interface RequestLimits {
  readonly inlineBytes: number;
  readonly arguments: number;
  readonly bulkBytes: number;
  /** Of one whole command. */
  readonly commandBytes: number;
}

export type ParsedRequest =
  | { readonly kind: 'command'; readonly args: readonly string[] }
  | { readonly kind: 'invalid'; readonly message: string };

export interface RequestParser {
  push(chunk: Buffer): void;
  /** The next whole command; `null` until more has come. After `invalid` nothing more is parsed. */
  next(limits: RequestLimits): ParsedRequest | null;
  /** Bytes that were pushed and are not parsed yet. */
  readonly buffered: number;
}

const CR = 13;
const LF = 10;
const STAR = 42;
const DOLLAR = 36;
const HEADER_BYTES = 64;

/**
 * Reads RESP arrays of bulk strings and inline commands from any split of the stream. Chunks are joined only
 * once enough has come for the next step, so a large value that arrives in small pieces is copied once.
 */
export function createRequestParser(): RequestParser {
  return new Parser();
}

interface Line {
  readonly text: string;
}

class Parser implements RequestParser {
  private buffer: Buffer = Buffer.alloc(0);
  private position = 0;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private needed = 1;
  private scanned = 0;
  private broken = false;

  private args: string[] = [];
  private missing = 0;
  private bulkLength = -1;
  private commandBytes = 0;

  get buffered(): number {
    return this.buffer.length - this.position + this.pendingBytes;
  }

  push(chunk: Buffer): void {
    this.pending.push(chunk);
    this.pendingBytes += chunk.length;
  }

  next(limits: RequestLimits): ParsedRequest | null {
    if (this.broken) return null;
    this.join();
    while (this.buffer.length - this.position >= this.needed) {
      const parsed = this.step(limits);
      if (parsed === 'more') break;
      if (parsed === 'continue') continue;
      if (parsed.kind === 'invalid') this.broken = true;
      return parsed;
    }
    return null;
  }

  private join(): void {
    if (this.pendingBytes === 0 || this.buffered < this.needed) return;
    const rest = this.buffer.subarray(this.position);
    this.buffer =
      rest.length === 0 && this.pending.length === 1 && this.pending[0]
        ? this.pending[0]
        : Buffer.concat([rest, ...this.pending]);
    this.position = 0;
    this.pending = [];
    this.pendingBytes = 0;
  }

  private step(limits: RequestLimits): ParsedRequest | 'more' | 'continue' {
    if (this.bulkLength >= 0) return this.readBulk();
    if (this.missing > 0) return this.readBulkHeader(limits);
    return this.buffer[this.position] === STAR ? this.readArrayHeader(limits) : this.readInline(limits);
  }

  private readInline(limits: RequestLimits): ParsedRequest | 'more' | 'continue' {
    const line = this.line(LF, limits.inlineBytes);
    if (line === null) return 'more';
    if (line === 'too-long') return invalid('too big inline request');
    const args = splitInline(line.text.endsWith('\r') ? line.text.slice(0, -1) : line.text);
    if (args === null) return invalid('unbalanced quotes in request');
    return args.length === 0 ? 'continue' : { kind: 'command', args };
  }

  private readArrayHeader(limits: RequestLimits): ParsedRequest | 'more' | 'continue' {
    const line = this.headerLine();
    if (line === null) return 'more';
    if (line === 'too-long') return invalid('too big mbulk count string');
    const count = wholeNumber(line.text.slice(1));
    if (count === null || count > 1024 * 1024) return invalid('invalid multibulk length');
    if (count > limits.arguments) return invalid('unauthenticated multibulk length', limits);
    if (count <= 0) return 'continue';
    this.args = [];
    this.missing = count;
    this.commandBytes = 0;
    return 'continue';
  }

  private readBulkHeader(limits: RequestLimits): ParsedRequest | 'more' | 'continue' {
    const first = this.buffer[this.position];
    if (first !== undefined && first !== DOLLAR) {
      return invalid(`expected '$', got '${String.fromCharCode(first)}'`);
    }
    const line = this.headerLine();
    if (line === null) return 'more';
    if (line === 'too-long') return invalid('too big bulk count string');
    const length = wholeNumber(line.text.slice(1));
    if (length === null || length < 0) return invalid('invalid bulk length');
    if (length > limits.bulkBytes) return invalid('unauthenticated bulk length', limits);
    this.commandBytes += length + 16;
    if (this.commandBytes > limits.commandBytes) return invalid('command too large');
    this.bulkLength = length;
    this.needed = length + 2;
    return 'continue';
  }

  private readBulk(): ParsedRequest | 'more' | 'continue' {
    const end = this.position + this.bulkLength;
    this.args.push(this.buffer.toString('latin1', this.position, end));
    this.position = end + 2;
    this.bulkLength = -1;
    this.needed = 1;
    this.missing--;
    if (this.missing > 0) return 'continue';
    const args = this.args;
    this.args = [];
    return { kind: 'command', args };
  }

  private headerLine(): Line | 'too-long' | null {
    return this.line(CR, HEADER_BYTES, 2);
  }

  /** Takes a line and its end; the search goes on where the last one stopped. */
  private line(end: number, longest: number, endBytes = 1): Line | 'too-long' | null {
    const at = this.buffer.indexOf(end, this.position + this.scanned);
    const length = (at < 0 ? this.buffer.length : at) - this.position;
    if (length > longest) return 'too-long';
    if (at < 0 || at + endBytes > this.buffer.length) {
      this.scanned = length;
      this.needed = this.buffer.length - this.position + 1;
      return null;
    }
    const text = this.buffer.toString('latin1', this.position, at);
    this.position = at + endBytes;
    this.scanned = 0;
    this.needed = 1;
    return { text };
  }
}

function invalid(what: string, limits?: RequestLimits): ParsedRequest {
  const unauthenticated = limits !== undefined && limits.bulkBytes <= 16_384;
  const text =
    unauthenticated || !what.startsWith('unauthenticated ')
      ? what
      : what.replace('unauthenticated ', 'invalid ');
  return { kind: 'invalid', message: `ERR Protocol error: ${text}` };
}

function wholeNumber(text: string): number | null {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : null;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };
const isSpace = (char: string | undefined): boolean => char !== undefined && /[\s\0]/.test(char);

/** Words of an inline command with the quoting that people type; `null` when a quote is left open. */
export function splitInline(line: string): string[] | null {
  const words: string[] = [];
  let at = 0;
  while (at < line.length) {
    if (isSpace(line[at])) {
      at++;
      continue;
    }
    const word = readWord(line, at);
    if (word === null) return null;
    words.push(word.text);
    at = word.end;
  }
  return words;
}

function readWord(line: string, start: number): { text: string; end: number } | null {
  let text = '';
  let at = start;
  while (at < line.length && !isSpace(line[at])) {
    const char = line[at];
    if (char !== '"' && char !== "'") {
      text += char;
      at++;
      continue;
    }
    const quoted = readQuoted(line, at + 1, char);
    if (quoted === null || (quoted.end < line.length && !isSpace(line[quoted.end]))) return null;
    text += quoted.text;
    at = quoted.end;
  }
  return { text, end: at };
}

function readQuoted(line: string, start: number, quote: string): { text: string; end: number } | null {
  let text = '';
  for (let at = start; at < line.length; at++) {
    const char = line[at] ?? '';
    if (char === quote) return { text, end: at + 1 };
    if (char !== '\\') {
      text += char;
      continue;
    }
    const escaped = readEscape(line, at, quote);
    text += escaped.text;
    at = escaped.last;
  }
  return null;
}

function readEscape(line: string, at: number, quote: string): { text: string; last: number } {
  const next = line[at + 1];
  if (quote === "'") return next === "'" ? { text: "'", last: at + 1 } : { text: '\\', last: at };
  const hex = /^x([0-9a-fA-F]{2})/.exec(line.slice(at + 1, at + 4));
  if (hex?.[1]) return { text: String.fromCharCode(Number.parseInt(hex[1], 16)), last: at + 3 };
  if (next === undefined) return { text: '\\', last: at };
  return { text: ESCAPES[next] ?? next, last: at + 1 };
}

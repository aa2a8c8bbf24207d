import { crc32 } from 'node:zlib';
import type { JournalEntry } from '../../ports/journal.ts';

const NEWLINE = 10;
const CHECKSUM_LENGTH = 8;
const JSON_START = ' {"seq":';

/** One line of a journal: checksum in eight hex digits, a space, JSON without line breaks, a line break. */
export function encodeLine(content: object): Buffer {
  const json = Buffer.from(JSON.stringify(content));
  return Buffer.concat([Buffer.from(`${checksum(json)} `), json, Buffer.from('\n')]);
}

/** The content of a line (without its line break), or `undefined` when the checksum does not fit. */
export function decodeLine(line: Uint8Array): unknown {
  if (line.length <= CHECKSUM_LENGTH || line[CHECKSUM_LENGTH] !== 32) return undefined;
  const json = line.subarray(CHECKSUM_LENGTH + 1);
  // Compared as text, so that a flipped bit that only changes a digit's case is noticed too.
  if (text(line.subarray(0, CHECKSUM_LENGTH)) !== checksum(json)) return undefined;
  try {
    return JSON.parse(text(json));
  } catch {
    return undefined;
  }
}

export interface JournalPosition {
  readonly seq: number;
  readonly epoch: number;
}
export const JOURNAL_START: JournalPosition = { seq: 0, epoch: 0 };

export interface ScannedJournal {
  readonly entries: readonly JournalEntry[];
  /** Where the last whole entry stands. */
  readonly last: JournalPosition;
  /** Bytes up to the end of the last whole entry. */
  readonly wholeBytes: number;
  /** `torn`: what follows `wholeBytes` holds no entry. `damaged`: it does, so bytes in the middle were changed. */
  readonly end: 'clean' | 'torn' | 'damaged';
}

/** Reads entries from `bytes`, which begin at a line, as long as checksum, sequence and epoch fit. */
export function scanJournal(bytes: Uint8Array, after: JournalPosition = JOURNAL_START): ScannedJournal {
  const entries: JournalEntry[] = [];
  let last = after;
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE, start); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    const line = readEntry(bytes.subarray(start, end));
    if (!line || line.seq !== last.seq + 1 || line.epoch < last.epoch) break;
    entries.push({ seq: line.seq, event: line.event });
    last = { seq: line.seq, epoch: line.epoch };
    start = end + 1;
  }
  return { entries, last, wholeBytes: start, end: describeEnd(bytes.subarray(start)) };
}

function describeEnd(rest: Uint8Array): ScannedJournal['end'] {
  if (rest.length === 0) return 'clean';
  let start = 0;
  for (let end = rest.indexOf(NEWLINE, start); end >= 0; end = rest.indexOf(NEWLINE, start)) {
    if (holdsEntry(rest.subarray(start, end))) return 'damaged';
    start = end + 1;
  }
  return 'torn';
}

/** Looks inside the line too, since the break before an entry may be what was damaged. */
function holdsEntry(line: Uint8Array): boolean {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  for (let at = bytes.indexOf(JSON_START); at >= 0; at = bytes.indexOf(JSON_START, at + 1)) {
    if (at >= CHECKSUM_LENGTH && readEntry(bytes.subarray(at - CHECKSUM_LENGTH))) return true;
  }
  return false;
}

interface Line extends JournalPosition {
  readonly event: unknown;
}

function readEntry(line: Uint8Array): Line | undefined {
  const content = decodeLine(line);
  return isLine(content) ? content : undefined;
}

function isLine(content: unknown): content is Line {
  if (typeof content !== 'object' || content === null) return false;
  if (!('seq' in content && 'epoch' in content && 'event' in content)) return false;
  return Number.isSafeInteger(content.seq) && Number.isSafeInteger(content.epoch);
}

function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(CHECKSUM_LENGTH, '0');
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

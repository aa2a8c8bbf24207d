import { crc32 } from 'node:zlib';
import type { JournalEntry } from '../../ports/journal.ts';

const NEWLINE = 10;
const SPACE = 32;
const CHECKSUM_LENGTH = 8;
/** By byte; not a number where it is no digit. */
const DIGIT_VALUES = new Float64Array(256).fill(NaN);
for (const [value, byte] of Buffer.from('0123456789abcdef').entries()) DIGIT_VALUES[byte] = value;
const JSON_START = ' {"seq":';

/** One line of a journal: checksum in eight hex digits, a space, JSON without line breaks, a line break. */
export function encodeLine(content: object): Buffer {
  const json = Buffer.from(JSON.stringify(content));
  return Buffer.concat([Buffer.from(`${checksum(json)} `), json, Buffer.from('\n')]);
}

/** The content of a line (without its line break), or `undefined` when the checksum does not fit. */
export function decodeLine(line: Buffer): unknown {
  if (line.length <= CHECKSUM_LENGTH || line[CHECKSUM_LENGTH] !== SPACE) return undefined;
  const json = line.subarray(CHECKSUM_LENGTH + 1);
  if (writtenChecksum(line) !== crc32(json)) return undefined;
  try {
    return JSON.parse(json.toString());
  } catch {
    return undefined;
  }
}

/** Digits are lower case alone, so that a flipped bit that only changes a digit's case is noticed too. */
function writtenChecksum(line: Buffer): number {
  let value = 0;
  for (let at = 0; at < CHECKSUM_LENGTH; at += 1) value = value * 16 + (DIGIT_VALUES[line[at] ?? 0] ?? NaN);
  return value;
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
export function scanJournal(bytes: Buffer, after: JournalPosition = JOURNAL_START): ScannedJournal {
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

function describeEnd(rest: Buffer): ScannedJournal['end'] {
  if (rest.length === 0) return 'clean';
  let start = 0;
  for (let end = rest.indexOf(NEWLINE, start); end >= 0; end = rest.indexOf(NEWLINE, start)) {
    if (holdsEntry(rest.subarray(start, end))) return 'damaged';
    start = end + 1;
  }
  return 'torn';
}

/** Looks inside the line too, since the break before an entry may be what was damaged. */
function holdsEntry(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(JSON_START); at >= 0; at = bytes.indexOf(JSON_START, at + 1)) {
    if (at >= CHECKSUM_LENGTH && readEntry(bytes.subarray(at - CHECKSUM_LENGTH))) return true;
  }
  return false;
}

interface Line extends JournalPosition {
  readonly event: unknown;
}

function readEntry(line: Buffer): Line | undefined {
  const content = decodeLine(line);
  return isLine(content) ? content : undefined;
}

function isLine(content: unknown): content is Line {
  if (typeof content !== 'object' || content === null) return false;
  if (!('seq' in content && 'epoch' in content && 'event' in content)) return false;
  return Number.isSafeInteger(content.seq) && Number.isSafeInteger(content.epoch);
}

export function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(CHECKSUM_LENGTH, '0');
}

import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import type { TranscriptLine } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import { writeAll } from './attempt-files.ts';

const MIB = 1024 * 1024;
const MAX_LINE = 32 * 1024;
const FLUSH_MS = 100;
const FLUSH_BYTES = 64 * 1024;

export interface TranscriptLimits {
  /** Bytes kept from the start. */
  readonly head: number;
  /** Bytes kept from the end; between half of it and all of it survives. */
  readonly tail: number;
}

export interface Transcript {
  add(line: TranscriptLine): void;
  /** Puts start, a notice about what was left out, and end into one file. */
  close(now: number): void;
}

/**
 * Written as it comes; what exceeds the start goes to two files in turn, each half of the tail, so neither
 * memory nor the disk grows with what an agent prints.
 */
export function createTranscript(
  folder: string,
  limits: TranscriptLimits = { head: 8 * MIB, tail: 8 * MIB },
): Transcript {
  const main = join(folder, ATTEMPT_FILES.transcript);
  const [older, newer] = [`${main}.1`, `${main}.2`];
  let file: string | null = main;
  let handle = openSync(main, 'a', 0o600);
  let size = statSync(main).size;
  let halves: [string, string] = [older, newer];
  let dropped = 0;
  let buffer: Buffer[] = [];
  let buffered = 0;
  let timer: NodeJS.Timeout | undefined;

  const turn = (next: string) => {
    closeSync(handle);
    dropped += existsSync(next) ? statSync(next).size : 0;
    rmSync(next, { force: true });
    file = next;
    size = 0;
    handle = openSync(next, 'a', 0o600);
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const bytes = Buffer.concat(buffer);
    buffer = [];
    buffered = 0;
    if (file === null || bytes.length === 0) return;
    try {
      if (size + bytes.length > (file === main ? limits.head : limits.tail / 2)) {
        halves = [halves[1], halves[0]];
        turn(halves[0]);
      }
      writeAll(handle, bytes);
      size += bytes.length;
    } catch {
      // A full disk must not take the agent's result with it: the record is still to be written.
      file = null;
      ftruncateSync(handle, size);
    }
  };

  return {
    add(line) {
      const text = line.text.length <= MAX_LINE ? line.text : cut(line.text);
      const bytes = Buffer.from(`${JSON.stringify({ ...line, text })}\n`);
      buffer.push(bytes);
      buffered += bytes.length;
      if (buffered >= FLUSH_BYTES) flush();
      else timer ??= setTimeout(flush, FLUSH_MS);
    },
    close(now) {
      flush();
      closeSync(handle);
      joinParts({ main, parts: [halves[1], halves[0]], dropped, now });
    },
  };
}

/** Joins what a runner that was killed left in parts. */
export function finishTranscript(folder: string, now: number): void {
  const main = join(folder, ATTEMPT_FILES.transcript);
  const age = (file: string) => (existsSync(file) ? statSync(file).mtimeMs : 0);
  const parts = [`${main}.1`, `${main}.2`].sort((a, b) => age(a) - age(b));
  joinParts({ main, parts, dropped: null, now });
}

const cut = (text: string) => `${text.slice(0, MAX_LINE)}… (${text.length - MAX_LINE} more characters)`;

interface Parts {
  readonly main: string;
  readonly parts: readonly string[];
  /** Bytes that were left out; `null` when nobody knows any more. */
  readonly dropped: number | null;
  readonly now: number;
}

function joinParts({ main, parts, dropped, now }: Parts): void {
  const present = parts.filter((part) => existsSync(part));
  const before = existsSync(main) ? statSync(main).size : 0;
  try {
    if (present.length > 0) {
      const handle = openSync(main, 'a', 0o600);
      try {
        if (dropped !== 0) {
          const text = `${dropped ?? 'Perhaps some'} bytes in the middle of this transcript were left out.`;
          const notice: TranscriptLine = { at: now, stream: 'harness', kind: 'notice', text };
          writeAll(handle, Buffer.from(`${JSON.stringify(notice)}\n`));
        }
        for (const part of present) append(handle, part);
      } finally {
        closeSync(handle);
      }
    }
  } catch {
    // A line cut in the middle would be worse than a missing end.
    truncateSync(main, before);
  }
  for (const part of present) rmSync(part, { force: true });
}

function append(handle: number, part: string): void {
  const source = openSync(part, 'r');
  try {
    const chunk = Buffer.alloc(64 * 1024);
    for (let read = readSync(source, chunk); read > 0; read = readSync(source, chunk)) {
      writeAll(handle, chunk.subarray(0, read));
    }
  } finally {
    closeSync(source);
  }
}

import { watch } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import type { JournalEntry } from '../../ports/journal.ts';
import { errorCode } from './durable-files.ts';
import { JOURNAL_START, scanJournal, type JournalPosition } from './line.ts';

const POLL_MS = 250;

export interface FollowRequest {
  readonly folder: string;
  readonly path: string;
  readonly afterSeq: number;
  readonly onEntry: (entry: JournalEntry) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Place {
  readonly offset: number;
  readonly position: JournalPosition;
}
const BEGINNING: Place = { offset: 0, position: JOURNAL_START };

/** Reads on whenever the file changes; notifications only shorten the wait, since not every file system sends them. */
export async function followJournal(request: FollowRequest): Promise<void> {
  const { signal } = request;
  let place = BEGINNING;
  let delivered = request.afterSeq;
  while (!signal.aborted) {
    const changed = watchOnce(request.folder);
    const bytes = await readFrom(request.path, place.offset);
    if (bytes === 'shorter') {
      // A write that failed was taken back; what was delivered is not delivered again.
      place = BEGINNING;
      changed.cancel();
      continue;
    }
    // A last line that is not whole yet, and damage, end the scan: neither is ever skipped.
    const scan = scanJournal(bytes, place.position);
    place = { offset: place.offset + scan.wholeBytes, position: scan.last };
    for (const entry of scan.entries) {
      if (signal.aborted) break;
      if (entry.seq <= delivered) continue;
      delivered = entry.seq;
      request.onEntry(entry);
    }
    await pause(request.clock, signal, changed.happened);
    changed.cancel();
  }
}

/** Ends early, and takes its timer along, when the file changed or following ends. */
async function pause(clock: Clock, signal: AbortSignal, changed: Promise<void>): Promise<void> {
  const turn = new AbortController();
  const end = (): void => turn.abort(new Error('Following goes on.'));
  if (signal.aborted) return;
  signal.addEventListener('abort', end, { once: true });
  void changed.then(end);
  await clock.sleep(POLL_MS, turn.signal).catch(() => undefined);
  signal.removeEventListener('abort', end);
}

async function readFrom(path: string, offset: number): Promise<Buffer | 'shorter'> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size < offset) return 'shorter';
      const bytes = Buffer.alloc(size - offset);
      let read = 0;
      while (read < bytes.length) {
        const { bytesRead } = await handle.read(bytes, read, bytes.length - read, offset + read);
        if (bytesRead === 0) break;
        read += bytesRead;
      }
      return bytes.subarray(0, read);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return offset > 0 ? 'shorter' : Buffer.alloc(0);
    throw error;
  }
}

function watchOnce(folder: string): { readonly happened: Promise<void>; cancel(): void } {
  let cancel = (): void => undefined;
  const happened = new Promise<void>((resolve) => {
    try {
      const watcher = watch(folder, { persistent: false }, () => resolve());
      // Out of watches, or the folder is not there yet: polling goes on.
      watcher.on('error', () => undefined);
      cancel = () => watcher.close();
    } catch {
      cancel = () => undefined;
    }
  });
  return { happened, cancel: () => cancel() };
}

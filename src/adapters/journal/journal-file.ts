import { copyFile, constants } from 'node:fs/promises';
import { saysDiskFull } from '../../base/disk-full.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Journal, JournalEntry, JournalError } from '../../ports/journal.ts';
import {
  errorCode,
  errorText,
  writeFully,
  writeWhole,
  type DurableFile,
  type DurableFiles,
} from './durable-files.ts';
import { checksum, encodeLine, scanJournal, type JournalPosition, type ScannedJournal } from './line.ts';

export interface OpenJournal {
  readonly path: string;
  readonly epoch: number;
  readonly files: DurableFiles;
  /** Asked before every write: false when another process took the loop over. */
  readonly stillHeld: () => Promise<boolean>;
}

interface PendingAppend {
  readonly events: readonly unknown[];
  readonly settle: (result: Result<void, JournalError>) => void;
}

/** Opens a journal for writing. A torn tail is kept aside and cut back; a damaged journal is left as it is. */
export async function openJournal(options: OpenJournal): Promise<Result<Journal, JournalError>> {
  const { path, files, epoch } = options;
  let file: DurableFile;
  let scan: ScannedJournal;
  try {
    file = await files.open(path);
  } catch (error) {
    return err(diskError(path, error));
  }
  try {
    const bytes = await files.read(path);
    scan = scanJournal(bytes);
    if (scan.end === 'damaged') {
      await file.close();
      return err(await damagedError(path, bytes, scan));
    }
    if (scan.last.epoch > epoch) {
      await file.close();
      return err(fencedError(path));
    }
    if (scan.end === 'torn') {
      const tail = bytes.subarray(scan.wholeBytes);
      await writeWhole(`${path}.torn-${scan.wholeBytes}-${checksum(tail)}`, tail);
      await file.truncate(scan.wholeBytes);
      await file.datasync();
    }
  } catch (error) {
    await file.close();
    return err(diskError(path, error));
  }
  return ok(new GroupCommitJournal(options, file, scan));
}

/** Reads without holding. An unfinished last line is not an error: its writer may be at work. */
export async function readJournal(
  files: Pick<DurableFiles, 'read'>,
  path: string,
): Promise<Result<readonly JournalEntry[], JournalError>> {
  let bytes: Buffer;
  try {
    bytes = await files.read(path);
  } catch (error) {
    return errorCode(error) === 'ENOENT'
      ? err({ kind: 'missing', message: `There is no journal at ${path}.` })
      : err(diskError(path, error));
  }
  const scan = scanJournal(bytes);
  return scan.end === 'damaged' ? err(await damagedError(path, bytes, scan)) : ok(scan.entries);
}

/** Whatever is asked for while a write is under way goes to disk together with the next one. */
class GroupCommitJournal implements Journal {
  private readonly options: OpenJournal;
  private readonly file: DurableFile;
  private last: JournalPosition;
  private size: number;
  private pending: PendingAppend[] = [];
  private flushing: Promise<void> | null = null;
  private closed = false;
  /** Bytes of a failed write may still stand behind `size`; they are cut before anything else is written. */
  private untidy = false;

  constructor(options: OpenJournal, file: DurableFile, scan: ScannedJournal) {
    this.options = options;
    this.file = file;
    this.last = { seq: scan.last.seq, epoch: options.epoch };
    this.size = scan.wholeBytes;
  }

  get lastSeq(): number {
    return this.last.seq;
  }

  append(events: readonly unknown[]): Promise<Result<void, JournalError>> {
    if (this.closed) {
      return Promise.resolve(err({ kind: 'disk', message: `The journal ${this.options.path} is closed.` }));
    }
    if (events.length === 0) return Promise.resolve(ok(undefined));
    return new Promise((settle) => {
      this.pending.push({ events, settle });
      this.flushing ??= this.flush();
    });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.flushing;
    await this.file.close();
  }

  private async flush(): Promise<void> {
    // Lets appends of the same turn join the first write.
    await Promise.resolve();
    while (this.pending.length > 0) {
      const group = this.pending;
      this.pending = [];
      const result = await this.write(group.flatMap((append) => append.events));
      for (const append of group) append.settle(result);
    }
    // In the same turn as the last look at `pending`, so that no append is left behind.
    this.flushing = null;
  }

  private async write(events: readonly unknown[]): Promise<Result<void, JournalError>> {
    const { path, epoch } = this.options;
    let seq = this.last.seq;
    const bytes = Buffer.concat(events.map((event) => encodeLine({ seq: (seq += 1), epoch, event })));
    try {
      if (!(await this.options.stillHeld())) return err(fencedError(path));
      if (this.untidy) await this.tidy();
      this.untidy = true;
      await writeFully(this.file, bytes, this.size);
      await this.file.datasync();
      this.untidy = false;
    } catch (error) {
      // When this fails too, the next append tries again before it writes.
      await this.tidy().catch(() => undefined);
      return err(diskError(path, error));
    }
    this.size += bytes.length;
    this.last = { seq, epoch };
    return ok(undefined);
  }

  private async tidy(): Promise<void> {
    await this.file.truncate(this.size);
    await this.file.datasync();
    this.untidy = false;
  }
}

function diskError(path: string, error: unknown): JournalError {
  if (saysDiskFull(error)) {
    return { kind: 'full', message: `The journal ${path} can not be written: the disk is full.` };
  }
  return { kind: 'disk', message: `The journal ${path} can not be written or read: ${errorText(error)}.` };
}

function fencedError(path: string): JournalError {
  return {
    kind: 'fenced',
    message: `Another process took over the loop of ${path}; this one stopped writing.`,
  };
}

async function damagedError(path: string, bytes: Buffer, scan: ScannedJournal): Promise<JournalError> {
  const copy = `${path}.damaged-${checksum(bytes)}`;
  const kept = await copyFile(path, copy, constants.COPYFILE_EXCL).then(
    () => copy,
    (error: unknown) => (errorCode(error) === 'EEXIST' ? copy : path),
  );
  return {
    kind: 'damaged',
    message: `The journal ${path} is damaged after event ${scan.last.seq} (byte ${scan.wholeBytes}) and events follow the damage. Nothing was changed; a copy is kept at ${kept}.`,
    keptAside: kept,
  };
}

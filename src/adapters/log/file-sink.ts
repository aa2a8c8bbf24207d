import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogRecord, LogSink } from '../../base/structured-logger.ts';

export interface FileSinkOptions {
  readonly folder: string;
  /** `cfn` writes `cfn.log` and keeps `cfn.1.log` … */
  readonly name: string;
  /** A file that is larger is put aside, 5 MB by default. */
  readonly maxBytes?: number;
  /** How many are kept aside, 3 by default. */
  readonly keep?: number;
}

export interface FileSink extends LogSink {
  /** Resolves when everything written so far is in the file. */
  flush(): Promise<void>;
}

/**
 * JSON lines. The file is opened for each batch, so that several processes may share it and any of them may put it
 * aside. A log is no truth: what can not be written is counted and dropped, and the next line that can says so.
 */
export function createFileSink(options: FileSinkOptions): FileSink {
  const { folder, name, maxBytes = 5_000_000, keep = 3 } = options;
  const path = join(folder, `${name}.log`);
  let pending: string[] = [];
  let dropped = 0;
  let writing: Promise<void> | null = null;

  const putAside = async (): Promise<void> => {
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size < maxBytes) return;
    const aside = (number: number): string => join(folder, `${name}.${number}.log`);
    await rm(aside(keep), { force: true });
    for (let number = keep - 1; number >= 1; number -= 1) {
      await rename(aside(number), aside(number + 1)).catch(() => undefined);
    }
    await rename(path, aside(1));
  };

  const drain = async (): Promise<void> => {
    while (pending.length > 0) {
      const lines = pending;
      pending = [];
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await putAside().catch(() => undefined);
        const note =
          dropped > 0
            ? `${JSON.stringify({ level: 'WARNING', message: `${dropped} lines are missing here` })}\n`
            : '';
        await appendFile(path, note + lines.join(''), { mode: 0o600 });
        dropped = 0;
      } catch {
        dropped += lines.length;
      }
    }
    // In the same turn as the last look at `pending`, so that no line is left behind.
    writing = null;
  };

  return {
    write: (record: LogRecord) => {
      pending.push(`${JSON.stringify(record)}\n`);
      writing ??= Promise.resolve().then(drain);
    },
    flush: async () => {
      await writing;
    },
  };
}

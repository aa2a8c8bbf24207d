import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transcriptLineSchema, type TranscriptLine } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import type { AttemptFolders } from '../../ports/attempt-folders.ts';
import { readRecord, readSpec, writeDurably } from './attempt-files.ts';

/** Folders of attempts below the folder of their loop. `loopFolder`: task id → absolute path. */
export function createAttemptFolders(loopFolder: (taskId: string) => string): AttemptFolders {
  return {
    folder: ({ taskId, iteration, agentId, attempt, repair }) =>
      join(
        loopFolder(taskId),
        'attempts',
        String(iteration),
        agentId,
        `${attempt}${repair ? '-repair' : ''}`,
      ),
    prepare: async ({ folder, spec, prompt, context }) => {
      if (existsSync(folder)) await rm(folder, { recursive: true, force: true });
      // Small new files: another thread for each of them would cost more than they do.
      mkdirSync(join(folder, ATTEMPT_FILES.outFolder), { recursive: true, mode: 0o700 });
      if (process.platform !== 'win32') chmodSync(folder, 0o700);
      writeFileSync(join(folder, ATTEMPT_FILES.prompt), prompt, { mode: 0o600 });
      writeFileSync(join(folder, ATTEMPT_FILES.context), `${JSON.stringify(context, null, 2)}\n`, {
        mode: 0o600,
      });
      await writeDurably(join(folder, ATTEMPT_FILES.spec), spec);
    },
    spec: async (folder) => readSpec(folder),
    prompt: (folder) => readFile(join(folder, ATTEMPT_FILES.prompt), 'utf8').catch(() => null),
    record: async (folder) => readRecord(folder),
    started: async (folder) =>
      existsSync(join(folder, ATTEMPT_FILES.runner)) || existsSync(join(folder, ATTEMPT_FILES.record)),
    transcript,
    transcriptTail,
    keep: (folder, name, text) => writeFile(join(folder, name), text, { mode: 0o600 }),
  };
}

/** More says nothing new of how an agent works. */
const MOST_BYTES = 8 * 1024 * 1024;

async function transcript(folder: string): Promise<readonly TranscriptLine[]> {
  const text = await firstBytes(join(folder, ATTEMPT_FILES.transcript), MOST_BYTES);
  return text.split('\n').flatMap((line) => {
    const parsed = parseLine(line);
    return parsed?.success ? [parsed.data] : [];
  });
}

/** What the agent itself wrote last, as text. */
async function transcriptTail(folder: string, maxCharacters: number): Promise<string> {
  const lines = (await lastBytes(join(folder, ATTEMPT_FILES.transcript), maxCharacters * 4)).split('\n');
  const texts = lines.flatMap((line) => {
    const parsed = parseLine(line);
    return parsed?.success && parsed.data.stream !== 'harness' ? [parsed.data.text] : [];
  });
  return texts.join('\n').slice(-maxCharacters);
}

function parseLine(line: string) {
  try {
    return transcriptLineSchema.safeParse(JSON.parse(line));
  } catch {
    // The first or last line of the part that was read is usually cut.
    return null;
  }
}

const firstBytes = (path: string, count: number): Promise<string> =>
  bytesOf(path, (size) => [0, Math.min(size, count)]);

const lastBytes = (path: string, count: number): Promise<string> =>
  bytesOf(path, (size) => [Math.max(0, size - count), size]);

async function bytesOf(
  path: string,
  part: (size: number) => readonly [start: number, end: number],
): Promise<string> {
  const file = await open(path, 'r').catch(() => null);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const [start, end] = part(size);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}

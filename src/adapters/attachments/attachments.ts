import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import {
  ATTACHMENT_LIMITS,
  attachmentFile,
  attachmentKind,
  type Attachment,
  type AttachmentSource,
} from '../../domain/loop/attachment.ts';
import type { Attachments } from '../../ports/attachments.ts';

const FOLDER = 'attachments';
/** Enough to tell an image, and text from what is none. */
const HEAD_BYTES = 8192;

interface Read {
  readonly attachment: Attachment;
  readonly content: Buffer;
}

/** Kept read-only below the folder of their loop. `loopFolder`: task id → absolute path. */
export function createAttachments(loopFolder: (taskId: string) => string): Attachments {
  const folderOf = (taskId: string) => join(loopFolder(taskId), FOLDER);
  const fileOf = (taskId: string, { file }: Attachment) => join(folderOf(taskId), file);
  return {
    look: async (sources) => {
      const read = await readAll(sources);
      return read.ok ? ok(read.value.map(({ attachment }) => attachment)) : read;
    },
    store: async (taskId, sources) => {
      const read = await readAll(sources);
      if (!read.ok) return read;
      if (read.value.length > 0) await mkdir(folderOf(taskId), { recursive: true, mode: 0o700 });
      for (const { attachment, content } of read.value) {
        const file = fileOf(taskId, attachment);
        // What an unfinished start left is read-only.
        await rm(file, { force: true });
        await writeFile(file, content, { mode: 0o600 });
        await chmod(file, 0o400);
      }
      return ok(read.value.map(({ attachment }) => attachment));
    },
    sourcesOf: (taskId, attachments) =>
      attachments.map((attachment) => ({ path: fileOf(taskId, attachment), name: attachment.name })),
    discard: (folder) => rm(folder, { recursive: true, force: true }),
    copyTo: async (taskId, attachments, folder) => {
      if (attachments.length > 0) await mkdir(folder, { recursive: true, mode: 0o700 });
      for (const attachment of attachments) {
        const content = await readFile(fileOf(taskId, attachment)).catch(() => null);
        const name = shown(attachment.name);
        if (content === null) return err(`The attachment ${name} is gone from the loop's folder.`);
        if (sha256(content) !== attachment.sha256)
          return err(`The attachment ${name} was changed in the loop's folder.`);
        await writeFile(join(folder, attachment.file), content, { mode: 0o600 });
      }
      return ok(undefined);
    },
  };
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

async function readAll(sources: readonly AttachmentSource[]): Promise<Result<readonly Read[], string>> {
  const { files, totalBytes } = ATTACHMENT_LIMITS;
  if (sources.length > files)
    return err(`${sources.length} files are attached; a loop takes at most ${files}, so leave some out.`);
  const read: Read[] = [];
  let total = 0;
  for (const [index, source] of sources.entries()) {
    const one = await readOne(source, index + 1);
    if (!one.ok) return one;
    total += one.value.attachment.bytes;
    if (total > totalBytes)
      return err(`The attached files are ${megabytes(total)} MB and more; a loop takes at most 25 MB.`);
    read.push(one.value);
  }
  return ok(read);
}

async function readOne(
  { path, name = basename(path) }: AttachmentSource,
  number: number,
): Promise<Result<Read, string>> {
  const wrong = (what: string) =>
    err(`The attachment ${shown(path)} ${what}; it takes a file of at most 10 MB.`);
  try {
    const found = await stat(path);
    if (!found.isFile()) return wrong(found.isDirectory() ? 'is a folder' : 'is no plain file');
    if (found.size > ATTACHMENT_LIMITS.fileBytes) return wrong(`has ${megabytes(found.size)} MB`);
    const content = await readFile(path);
    const kind = attachmentKind(content.subarray(0, HEAD_BYTES));
    const facts = { name, file: attachmentFile(number, name), bytes: content.length, kind };
    return ok({ attachment: { ...facts, sha256: sha256(content) }, content });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return wrong(code === 'ENOENT' ? 'is not there' : `could not be read (${code})`);
  }
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);

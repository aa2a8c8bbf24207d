import type { Result } from '../base/result.ts';
import type { Attachment, AttachmentSource } from '../domain/loop/attachment.ts';

/** The files that a loop was started with. Errors are one sentence that names the file. */
export interface Attachments {
  /** What `store` would keep; changes nothing. */
  look(sources: readonly AttachmentSource[]): Promise<Result<readonly Attachment[], string>>;
  /** Copies them into the loop's folder, before its start is journaled. */
  store(taskId: string, sources: readonly AttachmentSource[]): Promise<Result<readonly Attachment[], string>>;
  /** The stored files, for a loop that goes on from this one. */
  sourcesOf(taskId: string, attachments: readonly Attachment[]): readonly AttachmentSource[];
  /** Removes the copies of an attempt that has ended. */
  discard(folder: string): Promise<void>;
  /** Copies them as they were stored into a folder for one attempt; what is gone or altered is an error. */
  copyTo(taskId: string, attachments: readonly Attachment[], folder: string): Promise<Result<void, string>>;
}

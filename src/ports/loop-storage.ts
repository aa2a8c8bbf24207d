import type { Result } from '../base/result.ts';

/** Bytes on disk of one loop, outside of the repository. */
export interface LoopUsage {
  readonly journal: number;
  /** Prompts, contexts, transcripts and results of the attempts. */
  readonly attempts: number;
  /** Journal and attempts once they are archived. */
  readonly archive: number;
  /** Checkouts and copies that evidence was collected in. */
  readonly evidence: number;
}

/** What became of the files of loops: how much they take, and their archives. */
export interface LoopStorage {
  /** Every loop that has a folder, whether it ever started or not. */
  tasks(): Promise<readonly string[]>;
  usage(taskId: string): Promise<LoopUsage>;
  /**
   * Puts the journal and the attempts of a loop that is over into compressed files, reads them back, and only then
   * removes what they hold. May be called again at any point after a crash.
   */
  archive(taskId: string): Promise<Result<void, string>>;
  /** True when the journal is an archive already. */
  archived(taskId: string): Promise<boolean>;
  /** Removes what evidence runs left. */
  dropEvidence(taskId: string): Promise<void>;
  /** Bytes of a file, or of all files below a folder; links are not followed. */
  bytesOf(path: string): Promise<number>;
}

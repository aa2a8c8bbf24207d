import type { AttemptSpec, ResultRecord, TranscriptLine } from '../protocol/attempt.ts';

export interface AttemptKey {
  readonly taskId: string;
  readonly iteration: number;
  readonly agentId: string;
  readonly attempt: number;
  /** The repair round has a folder of its own. */
  readonly repair: boolean;
}

/** The files of attempts (see `protocol/attempt.ts`), in the loop's folder outside of the repository. */
export interface AttemptFolders {
  folder(key: AttemptKey): string;
  /** Writes what an agent is started with; replaces what an unstarted earlier try left. */
  prepare(content: {
    readonly folder: string;
    readonly spec: AttemptSpec;
    readonly prompt: string;
    readonly context: unknown;
  }): Promise<void>;
  spec(folder: string): Promise<AttemptSpec | null>;
  /** The prompt as the agent got it; null where it is not there any more. */
  prompt(folder: string): Promise<string | null>;
  record(folder: string): Promise<ResultRecord | null>;
  /** Whether a runner was ever started in the folder. */
  started(folder: string): Promise<boolean>;
  /** The transcript from its start, of a long one its first part. */
  transcript(folder: string): Promise<readonly TranscriptLine[]>;
  /** Last readable part of the transcript, for a repair prompt. */
  transcriptTail(folder: string, maxCharacters: number): Promise<string>;
  /** Keeps a note beside the transcript, such as what a validator wrote into its disposable checkout. */
  keep(folder: string, name: string, text: string): Promise<void>;
}

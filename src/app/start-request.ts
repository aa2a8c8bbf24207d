import type { AttachmentSource } from '../domain/loop/attachment.ts';
import type { ContainerWish } from '../domain/containers/plan.ts';
import type { LoopConfig } from '../domain/loop/config.ts';

/** What a person sets is part of the loop's configuration as it stands. */
type Chosen = Omit<
  LoopConfig,
  | 'taskId'
  | 'attachments'
  | 'container'
  | 'evidence'
  | 'baseCommit'
  | 'prefix'
  | 'maxAttempts'
  | 'maxParallelAgents'
  | 'setUp'
  | 'codePlace'
  | 'prices'
>;

/** Everything a loop is started with, after flags, front matter, configuration and defaults were merged and checked. */
export interface StartRequest extends Chosen {
  /** Any folder in the repository; the loop works in the same folder of each worktree. */
  readonly folder: string;
  readonly taskId: string | null;
  /** `null`: to be found in the repository. `[]`: `--evidence none`. */
  readonly evidence: readonly string[] | null;
  /** Files that agents get along with the task. */
  readonly attach: readonly AttachmentSource[];
  readonly includeDirty: boolean;
  /** How containers are, where agents run in some; which engine has them is found at the start. */
  readonly containers: ContainerWish;
  /** What of the crew could not be had as it was asked for, in one sentence. */
  readonly crewNote?: string;
  /** null: from cores, free memory and the presets' footprint. */
  readonly maxParallelAgents: number | null;
  readonly worktreeRoot: string | null;
  /** Loops that ended longer ago are archived while this one runs. */
  readonly archiveAfterDays: number;
}

/** Why a queued loop does not begin yet. */
export interface QueueWait {
  /** Loops that are at work on this machine. */
  readonly atWork: number;
  /** Queued loops before it whose turn somebody waits for. */
  readonly ahead: number;
}

/** A loop in the line. */
export interface QueuedLoop {
  readonly taskId: string;
  readonly repository: { readonly id: string; readonly root: string };
  /** Epoch milliseconds. */
  readonly since: number;
  /** Some process waits for its turn; without one it keeps its place, and those behind it go first. */
  readonly attended: boolean;
}

/** `working`: it takes its share of the machine. `resting`: it waits for a person, is paused, or is over. */
export type LoopStanding = 'queued' | 'working' | 'resting';

/** What the process that runs a loop tells the other loops of the machine. */
export interface QueueMember {
  /** Never rejects: a loop goes on all the same where nobody can be told. */
  stands(standing: LoopStanding): Promise<void>;
  /** Resolves once its turn has come; from then on it is at work. Rejects with the signal's reason. */
  turn(onWait: (wait: QueueWait) => void, signal: AbortSignal): Promise<void>;
  /** This process lets go of the loop. A queued one keeps its place. */
  close(): Promise<void>;
}

/** The line of the loops of this machine, over all windows, command lines and repositories of the user. */
export interface LoopQueue {
  /** `since`: when a loop of this repository was queued, epoch milliseconds. */
  member(loop: { readonly taskId: string; readonly since: number }): QueueMember;
  /** In the order of their turns. */
  list(): Promise<readonly QueuedLoop[]>;
  /** `position` 1 is the next one; beyond the end is the end. False: the loop of this repository is not in the line. */
  move(taskId: string, position: number): Promise<boolean>;
  /** Takes a loop of this repository out that is not queued any more. */
  forget(taskId: string): Promise<void>;
}

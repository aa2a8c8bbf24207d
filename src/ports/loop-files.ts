/** Derived data of one loop that is dear to compute: kept as JSON beside the journal, recomputed when missing. */
export interface LoopFiles {
  read(taskId: string, name: string): Promise<unknown>;
  write(taskId: string, name: string, value: unknown): Promise<void>;
  /** False while the disk of the loop's folder is full. */
  hasRoom(taskId: string): Promise<boolean>;
  /** Removes the folder of a loop that never started. */
  remove(taskId: string): Promise<void>;
}

/** One living process; zombies are not alive. */
export interface ProcessEntry {
  readonly pid: number;
  readonly ppid: number;
  /** Process group, `null` where there is none (Windows). */
  readonly group: number | null;
  /** With the pid it names a process for good: pids are used again, this pair is not. */
  readonly startTime: string;
  /** The same moment as a number that orders processes of one table. */
  readonly born: number;
  /** CPU time of the process and of its children that were waited for. */
  readonly cpuMs: number;
}

export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

export interface ProcessTable {
  list(): Promise<readonly ProcessEntry[]>;
  /** `null` when there is no such living process. */
  startTime(pid: number): Promise<string | null>;
  /** Processes that carry `CFN_RUN_TOKEN=<token>` in their environment, as far as the platform shows it. */
  carriers(token: string): Promise<ReadonlySet<number>>;
}

export const TOKEN_VARIABLE = 'CFN_RUN_TOKEN';

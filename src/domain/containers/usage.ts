/** What a container uses now, and how it stands. */

/** `gone`: the engine has none of it any more. `no-answer`: the engine itself does not answer. */
export type ContainerState = 'created' | 'running' | 'paused' | 'exited' | 'gone' | 'no-answer';

/** Engines have words of their own. */
const STATES: Readonly<Record<string, ContainerState>> = {
  created: 'created',
  configured: 'created',
  initialized: 'created',
  running: 'running',
  restarting: 'running',
  paused: 'paused',
};

export const containerState = (word: string): ContainerState => STATES[word.toLowerCase()] ?? 'exited';

export interface CpuSample {
  /** Epoch milliseconds, by the engine's clock. */
  readonly at: number;
  /** Since the container began, over all cores. */
  readonly cpuMs: number;
}

export interface ContainerSample extends CpuSample {
  /** The sample that the engine itself took a moment before; null where it did not. */
  readonly before: CpuSample | null;
  /** Without the page cache, which goes when somebody needs it; null where the engine does not say. */
  readonly memoryBytes: number | null;
  readonly memoryLimitBytes: number | null;
}

/** Cores in use between the last two samples; null while there is one alone, or the container began anew. */
export function coresInUse(now: ContainerSample, earlier: CpuSample | null): number | null {
  const since = now.before ?? earlier;
  if (since === null || now.at <= since.at || now.cpuMs < since.cpuMs) return null;
  return (now.cpuMs - since.cpuMs) / (now.at - since.at);
}

/** As the engines' own tools count: what files were read into memory can be dropped, so it is not the container's. */
export function memoryInUse(told: {
  readonly usage: number;
  /** Of cgroup 1. */
  readonly total_inactive_file?: number | undefined;
  /** Of cgroup 2. */
  readonly inactive_file?: number | undefined;
}): number {
  const cache = told.total_inactive_file ?? told.inactive_file ?? 0;
  return cache < told.usage ? told.usage - cache : told.usage;
}

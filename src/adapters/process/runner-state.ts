import { join } from 'node:path';
import type { RunnerState } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import { writeWhole } from './attempt-files.ts';

const EVERY_MS = 1000;

export interface RunnerStateFile {
  /** Newest state; written at once with `now`, else at most once a second. */
  update(change: Partial<RunnerState>, when: 'now' | 'soon'): void;
  /** Asked for the rest of the state each time it is written. */
  complete(rest: () => Partial<RunnerState>): void;
  /** Writes what is still waiting and nothing after that. */
  close(): void;
}

export function createRunnerState(folder: string, initial: RunnerState): RunnerStateFile {
  const file = join(folder, ATTEMPT_FILES.runner);
  let state = initial;
  let rest: () => Partial<RunnerState> = () => ({});
  let timer: NodeJS.Timeout | undefined;
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    try {
      writeWhole(file, { ...state, ...rest() });
    } catch {
      // A full disk: the old state stays readable, and the record at the end is what counts.
    }
  };
  write();
  return {
    update(change, when) {
      state = { ...state, ...change };
      if (when === 'now') write();
      else timer ??= setTimeout(write, EVERY_MS);
    },
    complete(source) {
      rest = source;
    },
    close() {
      if (timer !== undefined) write();
    },
  };
}

/** A value that can be taken back step by step. */
export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
}

/** What is further back than this is forgotten. */
const DEPTH = 100;

export const begin = <T>(present: T): History<T> => ({ past: [], present, future: [] });

export const act = <T>(history: History<T>, present: T): History<T> =>
  present === history.present
    ? history
    : { past: [...history.past, history.present].slice(-DEPTH), present, future: [] };

export function undo<T>({ past, present, future }: History<T>): History<T> | null {
  return past.length === 0
    ? null
    : { past: past.slice(0, -1), present: past.at(-1) as T, future: [present, ...future] };
}

export function redo<T>({ past, present, future }: History<T>): History<T> | null {
  return future.length === 0
    ? null
    : { past: [...past, present], present: future[0] as T, future: future.slice(1) };
}

export interface Coalesced {
  /** Has the work done within the interval; asking again before that is one asking. */
  readonly soon: () => void;
  readonly dispose: () => void;
}

/** Work that many things ask for and that is done at most once in each interval. */
export function coalesce(intervalMs: number, work: () => void): Coalesced {
  let pending: ReturnType<typeof setTimeout> | undefined;
  return {
    soon: () => {
      pending ??= setTimeout(() => {
        pending = undefined;
        work();
      }, intervalMs);
    },
    dispose: () => clearTimeout(pending),
  };
}

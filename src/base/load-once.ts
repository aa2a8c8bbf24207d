/** Something that is loaded when it is first wanted, and shared from then on. */
export interface LoadOnce<T> {
  /** A failed load is forgotten: the next wish tries again. */
  readonly get: () => Promise<T>;
  /** Does `act` with what was loaded, or is on its way; nothing is loaded for it. */
  readonly ifLoaded: (act: (loaded: T) => void) => void;
}

export function loadOnce<T>(load: () => Promise<T>): LoadOnce<T> {
  let loading: Promise<T> | null = null;
  return {
    get: async () => {
      const mine = (loading ??= load());
      try {
        return await mine;
      } catch (error) {
        if (loading === mine) loading = null;
        throw error;
      }
    },
    ifLoaded: (act) => {
      void loading?.then(act, () => undefined);
    },
  };
}

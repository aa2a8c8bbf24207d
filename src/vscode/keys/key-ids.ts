/** Numbers for names: what goes to the view and comes back from it. */
export interface KeyIds {
  of(name: string): number;
  /** `null`: it is none of ours, or was given too long ago. */
  nameOf(id: number): string | null;
}

/** More than the view can show at once, many times over. */
const MOST_REMEMBERED = 20_000;

export function createKeyIds(most = MOST_REMEMBERED): KeyIds {
  const byName = new Map<string, number>();
  const byId = new Map<number, string>();
  let last = 0;
  return {
    of: (name) => {
      const known = byName.get(name);
      if (known !== undefined) {
        // The oldest ones go first, and this one is in use.
        byId.delete(known);
        byId.set(known, name);
        return known;
      }
      last += 1;
      byName.set(name, last);
      byId.set(last, name);
      if (byId.size > most) {
        const [oldest] = byId;
        if (oldest) {
          byId.delete(oldest[0]);
          byName.delete(oldest[1]);
        }
      }
      return last;
    },
    nameOf: (id) => byId.get(id) ?? null,
  };
}

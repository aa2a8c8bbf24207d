/** How often each piece of work was begun, and what kept it from getting done; pure. */

/** The same piece of work that comes back undone this often is a fault, not a reason to try for ever. */
export const MOST_TRIES = 5;
const FIRST_PAUSE_MS = 500;

/** Before the second try half a second, then twice as long each time; a machine that is busy gets over it meanwhile. */
export const pauseBefore = (tries: number): number => (tries < 2 ? 0 : FIRST_PAUSE_MS * 2 ** (tries - 2));

interface Tried {
  readonly times: number;
  /** Null: it came back without a word. */
  readonly last: string | null;
}

export class Tries {
  private readonly all = new Map<string, Tried>();

  /** Counts one more; gives which one it is. */
  begin(key: string): number {
    const { times = 0, last = null } = this.all.get(key) ?? {};
    this.all.set(key, { times: times + 1, last });
    return times + 1;
  }

  failed(key: string, message: string): void {
    this.all.set(key, { times: this.all.get(key)?.times ?? 1, last: message });
  }

  forget(key: string): void {
    this.all.delete(key);
  }

  /** What is asked for no more was done or called off, and is new work when it is asked for again. */
  keepOnly(due: { has(key: string): boolean }): void {
    for (const key of this.all.keys()) if (!due.has(key)) this.all.delete(key);
  }

  /** Why work that was begun too often is given up, in one sentence. */
  reason(key: string): string {
    const last = this.all.get(key)?.last ?? null;
    return last === null
      ? `"${key}" came back undone ${MOST_TRIES} times.`
      : `"${key}" failed ${MOST_TRIES} times, the last time with: ${last}`;
  }
}

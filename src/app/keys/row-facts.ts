import type { Clock } from '../../base/clock.ts';
import { spaceOf, taskOfUser } from '../../protocol/keys.ts';
import type { Ask } from './key-value.ts';
import { textOf } from './resp-words.ts';

/** What a row tells of its key. */
export interface RowFacts {
  readonly type: string;
  /** Epoch milliseconds; `null`: without an end. */
  readonly endsAt: number | null;
  /** As the store counts it; `null` where it does not tell. */
  readonly bytes: number | null;
  /** Who holds a lock; `null` for other keys. */
  readonly owner: string | null;
  readonly readAt: number;
}

/** More is not remembered: only rows that were looked at are in it. */
const MOST_REMEMBERED = 5000;

/** Type and end of the keys whose rows are shown. */
export function createRowFacts(deps: { readonly ask: Ask; readonly clock: Clock }) {
  const { ask, clock } = deps;
  const known = new Map<string, RowFacts>();

  async function read(name: string): Promise<RowFacts | 'gone' | null> {
    const [type, left, used] = await Promise.all([
      ask(['TYPE', name]),
      ask(['PTTL', name]),
      ask(['MEMORY', 'USAGE', name]),
    ]);
    if (!type.ok || !left.ok) return null;
    if (type.value === 'none') return 'gone';
    const leftMs = Number(left.value);
    const owner = spaceOf(name) === 'lock' && type.value === 'string' ? await ownerOf(name) : null;
    const now = clock.now();
    const bytes = used.ok && typeof used.value === 'number' ? used.value : null;
    return { type: textOf(type.value), endsAt: leftMs < 0 ? null : now + leftMs, bytes, owner, readAt: now };
  }

  /** A lock's value is `user:token`; the token is its holder's alone. */
  async function ownerOf(name: string): Promise<string | null> {
    const value = await ask(['GETRANGE', name, '0', '200']);
    const text = value.ok ? textOf(value.value) : '';
    const end = text.indexOf(':');
    return end > 0 ? (taskOfUser(text.slice(0, end)) ?? 'orchestrator') : null;
  }

  return {
    get: (name: string): RowFacts | null => known.get(name) ?? null,
    forget: (name: string): void => void known.delete(name),
    clear: (): void => known.clear(),
    /** Reads those that are older than `age` milliseconds; returns which changed and which are gone. */
    async refresh(
      names: readonly string[],
      age: number,
    ): Promise<{ readonly changed: boolean; readonly gone: readonly string[] }> {
      if (known.size > MOST_REMEMBERED) known.clear();
      const due = names.filter((name) => clock.now() - (known.get(name)?.readAt ?? -Infinity) >= age);
      const gone: string[] = [];
      let changed = false;
      await Promise.all(
        due.map(async (name) => {
          const facts = await read(name);
          if (facts === null) return;
          if (facts === 'gone') {
            known.delete(name);
            gone.push(name);
            return;
          }
          changed ||= differs(known.get(name), facts);
          known.set(name, facts);
        }),
      );
      return { changed, gone };
    },
  };
}

/** Ends are read a moment apart; that is no change. */
const SAME_END_MS = 1500;

function differs(before: RowFacts | undefined, after: RowFacts): boolean {
  if (!before || before.type !== after.type || before.owner !== after.owner) return true;
  if (before.bytes !== after.bytes) return true;
  if (before.endsAt === null || after.endsAt === null) return before.endsAt !== after.endsAt;
  return Math.abs(before.endsAt - after.endsAt) > SAME_END_MS;
}

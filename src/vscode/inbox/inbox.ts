import type * as vscode from 'vscode';
import { inboxItems, type InboxItem } from '../../app/projections/inbox.ts';
import { Emitter, type Disposable, type Listen } from '../../base/emitter.ts';
import type { Loops } from '../loops.ts';

export interface SnoozedItem {
  readonly item: InboxItem;
  /** When it comes back, epoch milliseconds. */
  readonly until: number;
}

/** What needs a person in the loops of this window, but for what they put off. */
export interface Inbox extends Disposable {
  /** Longest wait first. */
  due(): readonly InboxItem[];
  /** The next to come back first. */
  snoozed(): readonly SnoozedItem[];
  snooze(itemId: string, until: number): void;
  wake(itemId: string): void;
  readonly onChange: Listen<void>;
}

const KEY = 'snoozed';
/** A timer takes no longer time; the next one takes the rest. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * `memory` keeps what was put off, so a reload changes nothing. An item's id is that of its matter: the same question
 * stays away, and the next one of the loop comes at once.
 */
export function createInbox(
  loops: Pick<Loops, 'views' | 'onChange'>,
  memory: vscode.Memento,
  now: () => number = Date.now,
): Inbox {
  const changed = new Emitter<void>();
  let waking: NodeJS.Timeout | undefined;

  const kept = (): ReadonlyMap<string, number> =>
    new Map(Object.entries(memory.get<Readonly<Record<string, number>>>(KEY, {})));
  const away = (): ReadonlyMap<string, number> =>
    new Map(Array.from(kept()).filter(([, until]) => until > now()));
  const items = (): readonly InboxItem[] => inboxItems(loops.views(), now());

  const waitForNext = (): void => {
    clearTimeout(waking);
    const next = Math.min(...away().values());
    if (!Number.isFinite(next)) return;
    waking = setTimeout(tell, Math.min(next - now(), LONGEST_MS));
  };
  const tell = (): void => {
    waitForNext();
    changed.fire();
  };
  const keep = (change: (kept: Map<string, number>) => void): void => {
    const next = new Map(away());
    change(next);
    void memory.update(KEY, Object.fromEntries(next));
    tell();
  };

  const listening = loops.onChange(() => changed.fire());
  waitForNext();
  return {
    due: () => {
      const gone = away();
      return items().filter(({ id }) => !gone.has(id));
    },
    snoozed: () => {
      const gone = away();
      return items()
        .flatMap((item) => {
          const until = gone.get(item.id);
          return until === undefined ? [] : [{ item, until }];
        })
        .sort((one, other) => one.until - other.until);
    },
    snooze: (itemId, until) => keep((next) => next.set(itemId, until)),
    wake: (itemId) => keep((next) => next.delete(itemId)),
    onChange: changed.event,
    dispose: () => {
      clearTimeout(waking);
      listening.dispose();
      changed.dispose();
    },
  };
}

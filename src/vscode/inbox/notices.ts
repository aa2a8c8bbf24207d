/** Which items of the inbox are told of by a notification: those that come while nobody looks at the window. */
import type { InboxItem } from '../../app/projections/inbox.ts';
import type { Disposable } from '../../base/emitter.ts';
import type { Inbox } from './inbox.ts';

export interface NoticeDeps {
  readonly inbox: Pick<Inbox, 'due' | 'onChange'>;
  readonly isFocused: () => boolean;
  /** The person's setting, read each time. */
  readonly isWanted: () => boolean;
  readonly show: (items: readonly InboxItem[]) => void;
}

/** Each item is told of at most once for as long as it is due; one that comes back from a snooze is due anew. */
export function watchForNotices({ inbox, isFocused, isWanted, show }: NoticeDeps): Disposable {
  let seen: ReadonlySet<string> = new Set();
  const look = (): void => {
    const due = inbox.due();
    const fresh = due.filter(({ id }) => !seen.has(id));
    seen = new Set(due.map(({ id }) => id));
    if (fresh.length > 0 && !isFocused() && isWanted()) show(fresh);
  };
  look();
  return inbox.onChange(look);
}

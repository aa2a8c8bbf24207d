/** When a sound is due: pure of the editor, so that each rule can be tried. */
import type { Disposable } from '../../base/emitter.ts';
import type { Loops } from '../loops.ts';
import { isActive } from '../words.ts';
import type { Inbox } from './inbox.ts';

/** The values of `cfn.notifications.sound`. */
export type SoundWish = 'off' | 'needsYou' | 'all';

export interface SoundDeps {
  readonly inbox: Pick<Inbox, 'due' | 'onChange'>;
  readonly loops: Pick<Loops, 'state' | 'views' | 'onChange'>;
  /** The person's setting, read each time. */
  readonly wish: () => SoundWish;
  readonly now: () => number;
  readonly ring: () => void;
}

/** What happens at about the same time is told of by one sound. */
export const GAP_MS = 5_000;

/**
 * Rings for what begins to need the person, and, where they want all, for the end of a loop. What was there when the
 * window read its loops makes no sound, nor does what came while sounds were off.
 */
export function watchForSounds({ inbox, loops, wish, now, ring }: SoundDeps): Disposable {
  let opened = false;
  let due: ReadonlySet<string> = new Set();
  let active: ReadonlySet<string> = new Set();
  let rang = Number.NEGATIVE_INFINITY;

  const look = (): void => {
    if (loops.state !== 'ready') {
      opened = false;
      return;
    }
    const before = { due, active };
    due = new Set(inbox.due().map(({ id }) => id));
    active = new Set(
      loops
        .views()
        .filter(isActive)
        .map(({ taskId }) => taskId),
    );
    const ended = Array.from(before.active).some((taskId) => !active.has(taskId));
    const asks = Array.from(due).some((id) => !before.due.has(id));
    const wanted = wish();
    const isDue = wanted === 'all' ? asks || ended : wanted === 'needsYou' && asks;
    if (opened && isDue && now() - rang >= GAP_MS) {
      rang = now();
      ring();
    }
    opened = true;
  };

  look();
  const listening = [inbox.onChange(look), loops.onChange(look)];
  return { dispose: () => listening.forEach((one) => one.dispose()) };
}

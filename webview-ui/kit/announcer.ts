/** The pause between two messages, so that none cuts off the one before it. */
const PAUSE_MS = 5000;

export interface Announcer {
  /** Said politely; of those that come during the pause only the newest is said after it. */
  say(text: string): void;
}

export interface AnnouncerDeps {
  readonly show: (text: string) => void;
  readonly now: () => number;
  readonly after: (ms: number, action: () => void) => void;
}

/** Says it in the page's live region. */
export const announceInPage = (): Announcer =>
  createAnnouncer({
    show: (text) => {
      const place = document.querySelector('#announcer');
      if (place) place.textContent = text;
    },
    now: () => performance.now(),
    after: (ms, action) => setTimeout(action, ms),
  });

export function createAnnouncer({ show, now, after }: AnnouncerDeps): Announcer {
  let last = '';
  let next: string | null = null;
  let quietUntil = Number.NEGATIVE_INFINITY;
  const speak = (text: string): void => {
    last = text;
    quietUntil = now() + PAUSE_MS;
    show(text);
  };
  return {
    say: (text) => {
      if (text === (next ?? last)) return;
      const wait = quietUntil - now();
      if (wait <= 0) return speak(text);
      if (next === null) {
        after(wait, () => {
          if (next !== null) speak(next);
          next = null;
        });
      }
      next = text;
    },
  };
}

import type { BrowserChange } from '../../app/keys/key-browser.ts';
import type { ToKeys } from '../../protocol/webview-keys.ts';

/** At most ten times a second. */
const COALESCE_MS = 100;
const PARTS: readonly BrowserChange[] = ['store', 'rows', 'value', 'waits', 'changes'];

/** Sends each part of the view when it has changed, and never the same again. */
export interface Outbox {
  /** The first change after a pause goes at once, those that follow it together. */
  soon(...parts: readonly BrowserChange[]): void;
  /** What a person waits for. */
  now(...parts: readonly BrowserChange[]): void;
  /** The view has nothing, or nothing any more. */
  everything(): void;
  /** Sent unless it is what was sent last under this name. */
  send(name: string, message: ToKeys): void;
  dispose(): void;
}

export interface OutboxDeps {
  /** Null: there is nothing to tell of this part. */
  readonly draw: (part: BrowserChange) => ToKeys | null;
  readonly visible: () => boolean;
  readonly post: (message: ToKeys) => void;
}

export function createOutbox({ draw, visible, post }: OutboxDeps): Outbox {
  const changed = new Set<BrowserChange>();
  const sent = new Map<string, string>();
  let greeted = false;
  let pending: NodeJS.Timeout | undefined;
  let flushedAt = Number.NEGATIVE_INFINITY;

  const send = (name: string, message: ToKeys): void => {
    const text = JSON.stringify(message);
    if (sent.get(name) === text) return;
    sent.set(name, text);
    post(message);
  };

  function flush(): void {
    clearTimeout(pending);
    pending = undefined;
    flushedAt = performance.now();
    if (!greeted || !visible()) return;
    for (const part of PARTS) {
      const message = changed.delete(part) ? draw(part) : null;
      if (message) send(part, message);
    }
  }

  const add = (parts: readonly BrowserChange[]): void => {
    for (const part of parts) changed.add(part);
  };
  return {
    soon: (...parts) => {
      add(parts);
      pending ??= setTimeout(flush, Math.max(0, flushedAt + COALESCE_MS - performance.now()));
    },
    now: (...parts) => {
      add(parts);
      flush();
    },
    everything: () => {
      greeted = true;
      sent.clear();
      add(PARTS);
      flush();
    },
    send,
    dispose: () => clearTimeout(pending),
  };
}

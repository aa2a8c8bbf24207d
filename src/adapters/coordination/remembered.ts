const MOST_BYTES = 16 * 1024 * 1024;

interface Entry {
  readonly value: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** The store has not taken it, so what stands there is older. */
  missed: boolean;
}

export interface RememberedValue {
  readonly key: string;
  readonly value: string;
  readonly ttlSeconds: number;
  readonly missed: boolean;
}

/** The newest values that this process put, so that a store that came back empty can have them again. */
export class Remembered {
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;

  add(key: string, value: string, ttlSeconds: number): void {
    this.drop(key);
    this.entries.set(key, { value, expiresAt: Date.now() + ttlSeconds * 1000, missed: false });
    this.bytes += value.length;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= MOST_BYTES) break;
      this.drop(oldest);
    }
  }

  /** Tells whether the store has taken a value. */
  settle(key: string, value: string, taken: boolean): void {
    const entry = this.entries.get(key);
    if (entry?.value === value) entry.missed = !taken;
  }

  /** What has not ended, with the seconds that are left. */
  *living(): Generator<RememberedValue> {
    for (const [key, { value, expiresAt, missed }] of Array.from(this.entries)) {
      const ttlSeconds = Math.ceil((expiresAt - Date.now()) / 1000);
      if (ttlSeconds > 0) yield { key, value, ttlSeconds, missed };
      else this.drop(key);
    }
  }

  private drop(key: string): void {
    this.bytes -= this.entries.get(key)?.value.length ?? 0;
    this.entries.delete(key);
  }
}

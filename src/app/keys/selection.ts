import { decodeBytes } from '../../base/byte-text.ts';
import type { Clock } from '../../base/clock.ts';
import { FIRST_PAGE, readValue, readWhole, type Ask, type KeyValue, type ValuePage } from './key-value.ts';

/** A hand-over as the journal has it. */
export interface HandOverHash {
  readonly point: number;
  readonly sha256: string;
}

/** The hand-over that the journal says is under a key; `null` for other keys. */
export type HandOverOf = (key: string) => HandOverHash | null;

export interface SelectedKey {
  readonly name: string;
  readonly page: ValuePage;
  /** `null` while it is read, and when it is gone. */
  readonly value: KeyValue | null;
  readonly state: 'reading' | 'read' | 'gone' | 'failed';
  readonly problem: string;
  /** When it ends, epoch milliseconds; `null`: never. */
  readonly endsAt: number | null;
  /** Of a transfer point's key: whether its bytes are those of the journal. */
  readonly handOver: { readonly point: number; readonly verified: boolean } | null;
}

export interface SelectionDeps {
  readonly ask: Ask;
  readonly clock: Clock;
  /** Lower-case hex of the SHA-256 of a text's UTF-8 bytes. */
  readonly hash: (text: string) => string;
  readonly handOver: HandOverOf;
  readonly onChange: () => void;
  readonly signal: AbortSignal;
}

/** The key whose value is shown. */
export class Selection {
  current: SelectedKey | null = null;
  private readonly deps: SelectionDeps;

  constructor(deps: SelectionDeps) {
    this.deps = deps;
  }

  select(name: string | null, page: ValuePage = FIRST_PAGE): void {
    if (name === null) this.current = null;
    else {
      const same = this.current?.name === name ? this.current : null;
      const empty = { value: null, endsAt: null, handOver: null, problem: '' };
      this.current = same ? { ...same, page } : { name, page, state: 'reading', ...empty };
    }
    this.deps.onChange();
    void this.read();
  }

  async read(): Promise<void> {
    const asked = this.current;
    if (!asked) return;
    const read = await readValue(this.deps.ask, asked.name, asked.page);
    const handOver = read.ok ? await this.handOverOf(asked.name, read.value) : null;
    // Another key or page was chosen meanwhile.
    const before = this.current;
    if (before?.name !== asked.name || before.page !== asked.page) return;
    this.current = read.ok ? this.selectedWith(before, read.value, handOver) : failedWith(before, read.error);
    if (!sameContent(before, this.current)) this.deps.onChange();
  }

  private selectedWith(
    before: SelectedKey,
    value: KeyValue | null,
    handOver: SelectedKey['handOver'],
  ): SelectedKey {
    if (!value) return { ...before, value: null, state: 'gone', problem: '', endsAt: null, handOver: null };
    const endsAt = value.leftMs === null ? null : this.deps.clock.now() + value.leftMs;
    return { ...before, value, state: 'read', problem: '', endsAt, handOver };
  }

  /** Whether the key holds what the journal says; `null`: the journal says nothing of it. */
  private async handOverOf(name: string, value: KeyValue | null): Promise<SelectedKey['handOver']> {
    const expected = this.deps.handOver(name);
    if (!expected || !value) return null;
    const [raw] = value.type === 'string' ? value.raw : [];
    const long = value.body.kind === 'text' && value.body.cut;
    const whole = long ? await readWhole(this.deps.ask, name, this.deps.signal) : null;
    const text = whole ? (whole.ok ? whole.value : null) : raw === undefined ? null : decodeBytes(raw);
    return { point: expected.point, verified: text !== null && this.deps.hash(text) === expected.sha256 };
  }
}

const failedWith = (before: SelectedKey, problem: string): SelectedKey => ({
  ...before,
  state: before.value ? 'read' : 'failed',
  problem,
});

/** Ends are read a moment apart; that is no change. */
const SAME_END_MS = 1500;

function sameContent(one: SelectedKey, other: SelectedKey): boolean {
  const ends =
    one.endsAt === null || other.endsAt === null
      ? one.endsAt === other.endsAt
      : Math.abs(one.endsAt - other.endsAt) < SAME_END_MS;
  return ends && JSON.stringify(contentOf(one)) === JSON.stringify(contentOf(other));
}

/** All but times, which move on by themselves. */
const contentOf = ({ value, state, problem, handOver, page }: SelectedKey): unknown => ({
  value: value && { ...value, leftMs: null },
  state,
  problem,
  handOver,
  page,
});

import type { Clock } from '../../base/clock.ts';
import { Emitter, type Listen } from '../../base/emitter.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { HandChanges } from '../../ports/hand-changes.ts';
import { spaceOf } from '../../protocol/keys.ts';
import { questionOf, refusalOf, shortName, type KeyEdit, type Question } from './consequences.ts';
import type {
  BrowserChange,
  BrowserRow,
  ChangeSource,
  KeyBrowser,
  RowWindow,
  StoreFacts,
} from './key-browser.ts';
import { applyEdit, recordOf } from './key-edits.ts';
import { createKeyScan, EVERYTHING, matchesFilter, type KeyFilter } from './key-scan.ts';
import { createKeyTree } from './key-tree.ts';
import { readWhole, type ValuePage } from './key-value.ts';
import { listOf, textOf } from './resp-words.ts';
import { createRowFacts } from './row-facts.ts';
import { Selection, type SelectedKey, type SelectionDeps } from './selection.ts';
import { createStoreSession, type ConnectStore, type StoreState } from './store-session.ts';
import { waitsOf, type Wait } from './waits.ts';

export interface KeyBrowserDeps {
  readonly connect: ConnectStore;
  readonly changes: HandChanges;
  readonly clock: Clock;
  readonly hash: SelectionDeps['hash'];
  readonly handOver: SelectionDeps['handOver'];
}

const EMBEDDED = 'embedded';
const ROWS_AGE_MS = 3000;
const SIZE_AGE_MS = 5000;
const TICK_MS = 1000;
const MOST_LOCKS = 50;
const NEWEST_CHANGES = 3;
const READ_ONLY = 'This server was not started by CFN Loop; choose Allow edits first.';

export function createKeyBrowser(deps: KeyBrowserDeps): KeyBrowser {
  return new Browser(deps);
}

class Browser implements KeyBrowser {
  readonly onChange: Listen<BrowserChange>;
  filter: KeyFilter = EVERYTHING;
  waits: readonly Wait[] = [];
  changes: KeyBrowser['changes'];
  private readonly deps: KeyBrowserDeps;
  private readonly changed = new Emitter<BrowserChange>();
  private readonly session: ReturnType<typeof createStoreSession>;
  private readonly tree = createKeyTree();
  private readonly selection: Selection;
  private readonly facts: ReturnType<typeof createRowFacts>;
  private readonly disposal = new AbortController();
  private scanning: ReturnType<typeof createKeyScan>;
  private window: RowWindow = { offset: 0, count: 0 };
  private watched = true;
  private allowed = false;
  private size: StoreFacts['size'] = null;
  private source: ChangeSource = 'none';
  private sizeReadAt = -Infinity;
  private behind = '';
  private generation: string | null = null;
  private readonly lockNames = new Set<string>();

  constructor(deps: KeyBrowserDeps) {
    this.deps = deps;
    this.onChange = this.changed.event;
    this.changes = { newest: [], count: 0, file: deps.changes.file };
    this.session = createStoreSession({ connect: deps.connect, clock: deps.clock });
    this.facts = createRowFacts({ ask: this.ask, clock: deps.clock });
    this.selection = new Selection({
      ask: this.ask,
      clock: deps.clock,
      hash: deps.hash,
      handOver: deps.handOver,
      onChange: () => this.changed.fire('value'),
      signal: this.disposal.signal,
    });
    this.scanning = this.newScan();
    this.session.onState((state) => this.stateChanged(state));
    this.session.onKeys((names) => void (names === null ? this.scanAgain() : this.keysChanged(names)));
    void this.readChanges();
    void this.ticking();
  }

  get store(): StoreFacts {
    const { state } = this.session;
    const behind = state.kind === 'connecting' ? '' : state.behind;
    const edits = behind === EMBEDDED ? 'ours' : this.allowed ? 'allowed' : 'read-only';
    return { state, size: this.size, source: this.source, edits };
  }

  get scan(): KeyBrowser['scan'] {
    return { ...this.scanning.facts, read: this.tree.size };
  }

  get selected(): SelectedKey | null {
    return this.selection.current;
  }

  get locks(): KeyBrowser['locks'] {
    return Array.from(this.lockNames, (name) => ({ name, facts: this.facts.get(name) }));
  }

  get rowCount(): number {
    return this.tree.rowCount;
  }

  rows({ offset, count }: RowWindow): readonly BrowserRow[] {
    return this.tree
      .rows(offset, count)
      .map((row) => (row.kind === 'key' ? { ...row, facts: this.facts.get(row.name) } : row));
  }

  look(window: RowWindow): void {
    this.window = window;
    void this.refreshRows(ROWS_AGE_MS);
  }

  search(filter: KeyFilter): void {
    this.filter = filter;
    this.refresh();
  }

  refresh(): void {
    // What a search found is to be seen.
    this.tree.clear(this.filter.text !== '');
    this.facts.clear();
    this.scanning.stop();
    this.scanning = this.newScan();
    this.changed.fire('rows');
    this.more();
  }

  more(): void {
    if (this.session.state.kind === 'up') void this.scanning.more();
  }

  setOpen(path: string, open: boolean): void {
    this.tree.setOpen(path, open);
    this.changed.fire('rows');
  }

  reveal(name: string): number {
    const row = this.tree.reveal(name);
    this.changed.fire('rows');
    return row;
  }

  select(name: string | null, page?: ValuePage): void {
    this.selection.select(name, page);
  }

  question(edit: KeyEdit): Result<Question | null, string> {
    if (this.store.edits === 'read-only') return err(READ_ONLY);
    const refusal = refusalOf(edit);
    return refusal === null ? ok(questionOf(edit)) : err(refusal);
  }

  /** On record first: what cannot be written down is not done. */
  async apply(edit: KeyEdit, begun: SelectedKey | null = this.selected): Promise<Result<void, string>> {
    const allowed = this.question(edit);
    if (!allowed.ok) return allowed;
    const { clock, changes, hash } = this.deps;
    const seen = begun?.name === edit.key ? begun : null;
    const value = seen?.value ?? null;
    const leftMs = seen?.endsAt == null ? null : seen.endsAt - clock.now();
    const record = { ...recordOf(edit, { leftMs, hash }), key: shortName(edit.key) };
    const store = await this.session.own();
    if (!store.ok) return err(store.error.message);
    try {
      const written = await changes.append({ at: clock.now(), ...record });
      if (!written.ok) return err(`Nothing was changed: ${written.error}`);
      const raw = value && { type: value.type, raw: value.raw, offset: seen?.page.offset ?? 0 };
      const done = await applyEdit(store.value, edit, raw);
      if (!done.ok) {
        const detail = `not done: ${done.error}`.slice(0, 500);
        await changes.append({ at: clock.now(), ...record, detail });
      }
      await this.keysChanged([edit.key]);
      return done;
    } finally {
      store.value.close();
      await this.readChanges();
    }
  }

  allowEdits(): void {
    this.allowed = true;
    this.changed.fire('store');
  }

  whole(name: string, signal: AbortSignal): Promise<Result<string, string>> {
    return readWhole(this.ask, name, signal);
  }

  setWatched(watched: boolean): void {
    this.watched = watched;
    this.session.setWatched(watched);
    if (watched) void this.tick();
  }

  dispose(): void {
    this.disposal.abort();
    this.scanning.stop();
    this.session.dispose();
    this.changed.dispose();
  }

  private readonly ask = (words: readonly string[]) => this.session.command(words);

  private newScan(): ReturnType<typeof createKeyScan> {
    const scan = createKeyScan({
      ask: this.ask,
      filter: this.filter,
      held: () => this.tree.size,
      onPage: (names) => {
        if (scan !== this.scanning) return;
        for (const name of names) this.take(name);
        this.changed.fire('rows');
      },
    });
    return scan;
  }

  private take(name: string): void {
    this.tree.add(name);
    if (spaceOf(name) === 'lock' && this.lockNames.size < MOST_LOCKS) this.lockNames.add(name);
  }

  private stateChanged(state: StoreState): void {
    this.changed.fire('store');
    if (state.kind !== 'up') return;
    // A server may be another one than before; the permission was given for that one.
    if (state.behind !== this.behind) this.allowed = false;
    this.behind = state.behind;
    this.sizeReadAt = -Infinity;
    if (state.generation === this.generation) this.more();
    else this.refresh();
    this.generation = state.generation;
    void this.tick();
    void this.selection.read();
  }

  private async keysChanged(names: readonly string[]): Promise<void> {
    const known = names.filter((name) => this.tree.has(name) || matchesFilter(this.filter, name));
    const { gone } = await this.facts.refresh(known, 0);
    const missing = new Set(gone);
    for (const name of known) {
      const facts = this.facts.get(name);
      const wanted = facts && (this.filter.type === null || facts.type === this.filter.type);
      if (missing.has(name)) this.tree.remove(name);
      else if (wanted) this.take(name);
    }
    this.changed.fire('rows');
    if (this.selected && names.includes(this.selected.name)) await this.selection.read();
  }

  private async refreshRows(age: number): Promise<void> {
    const rows = this.tree.rows(this.window.offset, this.window.count);
    const names = new Set(rows.flatMap((row) => (row.kind === 'key' ? [row.name] : [])));
    for (const name of this.lockNames) names.add(name);
    const { changed, gone } = await this.facts.refresh([...names], age);
    for (const name of gone) {
      this.tree.remove(name);
      this.lockNames.delete(name);
    }
    if (changed || gone.length > 0) {
      this.changed.fire('rows');
      this.changed.fire('waits');
    }
  }

  private async ticking(): Promise<void> {
    const { clock } = this.deps;
    const { signal } = this.disposal;
    while (!signal.aborted) {
      await clock.sleep(TICK_MS, signal).catch(() => undefined);
      if (this.watched && !signal.aborted) await this.tick();
    }
  }

  private async tick(): Promise<void> {
    if (this.session.state.kind !== 'up') return;
    await Promise.all([this.readWaits(), this.readSize(), this.refreshRows(ROWS_AGE_MS)]);
    const shown = this.selected?.value;
    if (shown && this.source === 'none') await this.selection.read();
  }

  private async readWaits(): Promise<void> {
    const reply = await this.ask(['CFN.WAITS']);
    if (!reply.ok) return;
    const waits = waitsOf(reply.value, this.deps.clock.now());
    if (sameWaits(waits, this.waits)) return;
    this.waits = waits;
    this.changed.fire('waits');
  }

  private async readSize(): Promise<void> {
    const { clock } = this.deps;
    if (clock.now() - this.sizeReadAt < SIZE_AGE_MS) return;
    this.sizeReadAt = clock.now();
    const reply = await this.ask(['CFN.KEYSPACE']);
    if (!reply.ok) return;
    const [keys, exact, source] = listOf(reply.value);
    this.size = { keys: Number(keys), exact: exact === 'exact' };
    this.source = sourceOf(textOf(source));
    this.changed.fire('store');
    // Nobody tells of new keys, so they are looked for.
    if (this.source === 'none') await this.scanAgain();
  }

  /** Adds what is new without taking the rows away meanwhile; where not all was read, that is the person's to ask for. */
  private async scanAgain(): Promise<void> {
    if (!this.scanning.facts.complete) return;
    this.scanning = this.newScan();
    await this.scanning.more();
  }

  private async readChanges(): Promise<void> {
    const { changes, count } = await this.deps.changes.recent(NEWEST_CHANGES);
    this.changes = { newest: changes, count, file: this.deps.changes.file };
    this.changed.fire('changes');
  }
}

function sourceOf(word: string): ChangeSource {
  return word === 'own' || word === 'tracking' || word === 'keyspace-events' ? word : 'none';
}

/** One that waits in pieces begins again and again. */
const sameWaits = (one: readonly Wait[], other: readonly Wait[]): boolean =>
  waitsText(one) === waitsText(other);
const waitsText = (waits: readonly Wait[]): string =>
  waits
    .map(({ client, keys, since }) => `${client} ${Math.round(since / 1000)} ${keys.join(' ')}`)
    .join('\n');

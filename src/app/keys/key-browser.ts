import type { Listen } from '../../base/emitter.ts';
import type { Result } from '../../base/result.ts';
import type { HandChange } from '../../ports/hand-changes.ts';
import type { KeyEdit, Question } from './consequences.ts';
import type { KeyFilter, ScanFacts } from './key-scan.ts';
import type { TreeRow } from './key-tree.ts';
import type { ValuePage } from './key-value.ts';
import type { RowFacts } from './row-facts.ts';
import type { SelectedKey } from './selection.ts';
import type { StoreState } from './store-session.ts';
import type { Wait } from './waits.ts';

/** How changes are noticed; `none`: by looking again. */
export type ChangeSource = 'own' | 'tracking' | 'keyspace-events' | 'none';

export interface StoreFacts {
  readonly state: StoreState;
  /** `exact` false: keys of others on the server are counted too. */
  readonly size: { readonly keys: number; readonly exact: boolean } | null;
  readonly source: ChangeSource;
  /** `ours`: the embedded store. `allowed`: somebody else's server, after the person said so. */
  readonly edits: 'ours' | 'allowed' | 'read-only';
}

export type BrowserRow =
  | Extract<TreeRow, { kind: 'prefix' }>
  | (Extract<TreeRow, { kind: 'key' }> & { readonly facts: RowFacts | null });

export interface RowWindow {
  readonly offset: number;
  readonly count: number;
}

/** What there is anew. */
export type BrowserChange = 'store' | 'rows' | 'value' | 'waits' | 'changes';

/** One person's look at the coordination store. Nothing is read while nobody watches. */
export interface KeyBrowser {
  readonly store: StoreFacts;
  readonly filter: KeyFilter;
  readonly scan: ScanFacts & { readonly read: number };
  readonly rowCount: number;
  readonly selected: SelectedKey | null;
  readonly waits: readonly Wait[];
  /** Locks that are held, of the keys that were read. */
  readonly locks: readonly { readonly name: string; readonly facts: RowFacts | null }[];
  readonly changes: { readonly newest: readonly HandChange[]; readonly count: number; readonly file: string };
  readonly onChange: Listen<BrowserChange>;
  rows(window: RowWindow): readonly BrowserRow[];
  /** Which rows are seen: their facts are read, and again every few seconds. */
  look(window: RowWindow): void;
  search(filter: KeyFilter): void;
  /** Reads the keys anew. */
  refresh(): void;
  more(): void;
  setOpen(path: string, open: boolean): void;
  /** Opens what the key lies below; its row, -1 when the key is not among those read. */
  reveal(name: string): number;
  select(name: string | null, page?: ValuePage): void;
  /** What has to be asked before an edit; an error when it can not be made. */
  question(edit: KeyEdit): Result<Question | null, string>;
  /** `seen`: the key as it was shown when the edit was begun; by default as it is shown now. */
  apply(edit: KeyEdit, seen?: SelectedKey | null): Promise<Result<void, string>>;
  allowEdits(): void;
  /** All of a string, as text or as hex. */
  whole(name: string, signal: AbortSignal): Promise<Result<string, string>>;
  setWatched(watched: boolean): void;
  dispose(): void;
}

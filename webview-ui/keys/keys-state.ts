import type {
  ChangesPart,
  KeptKeys,
  KeyRow,
  SelectedPart,
  StorePart,
  ToKeys,
  WaitsPart,
} from '../../src/protocol/webview-keys.ts';

type Of<T extends ToKeys['type']> = Extract<ToKeys, { type: T }>;

/** What the editor told last, part by part. */
export interface KeysState {
  readonly store: StorePart | null;
  readonly rows: Of<'rows'> | null;
  readonly selected: SelectedPart | null;
  readonly waits: WaitsPart;
  readonly changes: ChangesPart;
  readonly told: Of<'told'> | null;
  readonly draft: Of<'draft'> | null;
  /** A row to bring into sight; a new object each time. */
  readonly reveal: Of<'reveal'> | null;
  readonly kept: KeptKeys | null;
}

export const NOTHING: KeysState = {
  store: null,
  rows: null,
  selected: null,
  waits: { held: [], waits: [], locks: [] },
  changes: { newest: [], count: 0 },
  told: null,
  draft: null,
  reveal: null,
  kept: null,
};

export function received(state: KeysState, message: ToKeys): KeysState {
  switch (message.type) {
    case 'store':
      return { ...state, store: message.store };
    case 'rows':
      return { ...state, rows: message };
    case 'value': {
      const { selected } = message;
      // What was said of the key before is not about this one.
      const told = selected?.id === state.selected?.id ? state.told : null;
      return { ...state, selected, told };
    }
    case 'waits':
      return { ...state, waits: message.waits };
    case 'changes':
      return { ...state, changes: message.changes };
    case 'told':
      return { ...state, told: message };
    case 'draft':
      return { ...state, draft: message, told: null };
    case 'draftEnded':
      return state.draft?.number === message.number ? { ...state, draft: null } : state;
    case 'reveal':
      return { ...state, reveal: message };
    case 'keep':
      return { ...state, kept: message.kept };
  }
}

/** The row at a place of the tree; undefined where the editor has not told it yet. */
export const rowAt = ({ rows }: KeysState, index: number): KeyRow | undefined =>
  rows ? rows.rows[index - rows.offset] : undefined;

/** Where a row stands now; -1 when it is not among those told. */
export function placeOf({ rows }: KeysState, id: number | null): number {
  if (!rows || id === null) return -1;
  const at = rows.rows.findIndex((row) => row.id === id);
  return at < 0 ? -1 : at + rows.offset;
}

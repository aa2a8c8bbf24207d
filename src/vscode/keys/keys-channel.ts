import type { BrowserChange, KeyBrowser, RowWindow } from '../../app/keys/key-browser.ts';
import type { HandOverHash } from '../../app/keys/selection.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { KeptKeys, ToKeys } from '../../protocol/webview-keys.ts';
import type { Loops } from '../loops.ts';
import { drawChanges, drawNoStore, drawRow, drawStore, drawWaits, keyId, shownFilter } from './draw-store.ts';
import { drawValue } from './draw-value.ts';
import type { KeyIds } from './key-ids.ts';
import { createOutbox } from './outbox.ts';
import { createPaging, type Paging } from './paging.ts';

/** What is longer is not kept over a reload. */
const MOST_KEPT_BYTES = 2000;
const MOST_KEPT_PATHS = 200;
const FIRST_WINDOW: RowWindow = { offset: 0, count: 60 };

export interface KeysChannel {
  /** The view said hello, or is shown again: it needs everything. */
  hello(): void;
  /** Null: there is none, for this reason; null as well while it is being opened. */
  use(browser: KeyBrowser | null, problem: string | null): void;
  look(window: RowWindow): void;
  fold(path: string, open: boolean): void;
  select(name: string, reveal: boolean): void;
  search(filter: KeyBrowser['filter']): void;
  readonly paging: Paging;
  dispose(): void;
}

export interface KeysChannelOptions {
  readonly loops: Pick<Loops, 'views' | 'onChange'>;
  readonly ids: KeyIds;
  /** A hidden view gets nothing; when it is shown again it says hello. */
  readonly visible: () => boolean;
  readonly post: (message: ToKeys) => void;
  /** From before a reload. */
  readonly kept: KeptKeys | null;
}

interface Shown {
  browser: KeyBrowser | null;
  problem: string | null;
  window: RowWindow;
  /** There are no rows yet. */
  awaited: boolean;
  readonly paging: Paging;
}

/** What the view does not hold itself: which store, which rows, which key. */
export function createKeysChannel(options: KeysChannelOptions): KeysChannel {
  const { loops, ids, kept, visible, post } = options;
  const shown: Shown = {
    browser: null,
    problem: null,
    window: FIRST_WINDOW,
    awaited: true,
    paging: createPaging(),
  };
  const outbox = createOutbox({ draw: (part) => drawPart(part, shown, options), visible, post });
  const open = new Set<string>(kept?.open);
  let listening: { dispose(): void } | null = null;
  const keep = () => outbox.send('keep', { type: 'keep', kept: stateOf(shown.browser, open) });
  /** Hash of the hand-over that the journal had under the chosen key. */
  let expected: string | null = null;

  const loopsChanged = loops.onChange(() => {
    outbox.soon('store', 'waits', 'value');
    const chosen = shown.browser?.selected;
    if (!shown.browser || !chosen) return;
    const now = handOverIn(loops.views(), chosen.name)?.sha256 ?? null;
    if (now !== expected) shown.browser.select(chosen.name, chosen.page);
    expected = now;
  });

  return {
    paging: shown.paging,
    hello: () => outbox.everything(),
    use: (next, problem) => {
      listening?.dispose();
      Object.assign(shown, { browser: next, problem, awaited: true });
      // Nobody waits a moment longer for the first rows; what may be changed stands in two parts.
      listening =
        next?.onChange((part) => {
          const isFirst = part === 'rows' && shown.awaited && next.rowCount > 0;
          if (!isFirst) return outbox.soon(part, ...(part === 'store' ? (['value'] as const) : []));
          shown.awaited = false;
          outbox.now('rows');
        }) ?? null;
      next?.setWatched(visible());
      if (next && kept) restore(next, kept);
      outbox.soon('store', 'rows', 'value', 'waits', 'changes');
    },
    look: ({ offset, count }) => {
      shown.window = { offset, count };
      shown.browser?.look(shown.window);
      outbox.now('rows');
    },
    fold: (path, isOpen) => {
      // In what was found prefixes are open by themselves.
      if (shown.browser?.filter.text === '') {
        if (isOpen) open.add(path);
        else open.delete(path);
      }
      shown.browser?.setOpen(path, isOpen);
      outbox.now('rows');
      keep();
    },
    select: (name, reveal) => {
      const { browser } = shown;
      if (!browser) return;
      shown.paging.begin();
      expected = handOverIn(loops.views(), name)?.sha256 ?? null;
      browser.select(name);
      const row = reveal ? browser.reveal(name) : -1;
      outbox.now('value', 'rows');
      if (row >= 0) post({ type: 'reveal', row, id: ids.of(keyId(name)) });
      keep();
    },
    search: (filter) => {
      shown.awaited = true;
      shown.browser?.search(filter);
      keep();
    },
    dispose: () => {
      outbox.dispose();
      listening?.dispose();
      loopsChanged.dispose();
    },
  };
}

function drawPart(part: BrowserChange, shown: Shown, { loops, ids }: KeysChannelOptions): ToKeys | null {
  const { browser, window, paging } = shown;
  if (!browser) return part === 'store' ? { type: 'store', store: drawNoStore(shown.problem) } : null;
  const views = loops.views();
  switch (part) {
    case 'store':
      return { type: 'store', store: drawStore(browser, views) };
    case 'rows': {
      const rows = browser.rows(window).map((row) => drawRow(row, ids));
      return { type: 'rows', offset: window.offset, total: browser.rowCount, rows, scan: browser.scan };
    }
    case 'value': {
      const around = { edits: browser.store.edits, views, ids, hasBack: paging.hasBack };
      return { type: 'value', selected: drawValue(browser.selected, around) };
    }
    case 'waits':
      return { type: 'waits', waits: drawWaits(browser, views, ids) };
    case 'changes':
      return { type: 'changes', changes: drawChanges(browser.changes) };
  }
}

function restore(browser: KeyBrowser, { open, filter, selected }: KeptKeys): void {
  for (const path of open) browser.setOpen(path, true);
  if (filter.text !== '' || filter.type !== null || filter.taskId !== null) browser.search(filter);
  if (selected !== null) browser.select(selected);
}

function stateOf(browser: KeyBrowser | null, open: ReadonlySet<string>): KeptKeys {
  const selected = browser?.selected?.name ?? null;
  return {
    filter: browser ? shownFilter(browser.filter) : { text: '', type: null, taskId: null },
    selected: selected !== null && selected.length <= MOST_KEPT_BYTES ? selected : null,
    open: Array.from(open)
      .filter((path) => path.length <= MOST_KEPT_BYTES)
      .slice(0, MOST_KEPT_PATHS),
  };
}

/** The newest hand-over that a journal says is under the key. */
export function handOverIn(views: readonly LoopView[], key: string): HandOverHash | null {
  for (const { transferPoints } of views) {
    const found = transferPoints.findLast((each) => each.key === key);
    if (found) return { point: found.point, sha256: found.sha256 };
  }
  return null;
}

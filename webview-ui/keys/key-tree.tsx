import * as l10n from '@vscode/l10n';
import type { TargetedKeyboardEvent } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { MOST_ROWS, type KeyRow } from '../../src/protocol/webview-keys.ts';
import { useNow } from '../kit/age.tsx';
import { integer } from '../kit/figures.ts';
import { Icon } from '../kit/icon.tsx';
import { useVirtualizer } from '../kit/virtual-list.tsx';
import { placeOf, rowAt, type KeysState } from './keys-state.ts';
import type { SendKeys } from './keys-view.tsx';
import { leftText } from './left.ts';

const ROW_PX = 24;

const itself = (index: number): number => index;

interface Props {
  readonly state: KeysState;
  readonly send: SendKeys;
}

/** Keys by prefix. The editor holds the tree; of it only the rows in sight are here. */
export function KeyTree({ state, send }: Props) {
  const total = state.rows?.total ?? 0;
  if (total > 0) return <Tree state={state} send={send} total={total} />;
  const reading = !state.rows?.scan.complete && state.store?.state !== 'down';
  return (
    <p class="keys-none dim">{state.rows === null || reading ? l10n.t('Reading the keys…') : none(state)}</p>
  );
}

function none({ store, rows }: KeysState): string {
  if (rows?.scan.problem) return rows.scan.problem;
  if (store?.state === 'down') return l10n.t('No key was read before the store went away.');
  const filter = store?.filter;
  return filter && (filter.text !== '' || filter.type !== null || filter.taskId !== null)
    ? l10n.t('No key matches.')
    : l10n.t('There is no key. A loop writes them while it runs.');
}

function Tree({ state, send, total }: Props & { readonly total: number }) {
  const tree = useRef<HTMLUListElement>(null);
  const [current, setCurrent] = useState<{ id: number | null; index: number }>({ id: null, index: 0 });
  const place = placeOf(state, current.id);
  const here = Math.min(place < 0 ? current.index : place, total - 1);
  const virtual = useVirtualizer(tree, { count: total, estimate: ROW_PX, keyAt: itself, here });
  const wanted = useRef<number | null>(null);
  const items = virtual.getVirtualItems().map(({ index }) => index);
  useLook(items, here, send);
  const now = useNow(true);

  const focusRow = (index: number): boolean => {
    const row = tree.current?.querySelector<HTMLElement>(`:scope > [data-index="${index}"]`);
    row?.focus();
    return row !== null && row !== undefined;
  };
  // The row that is to get the focus may exist only after the tree was scrolled to it.
  useLayoutEffect(() => {
    if (wanted.current !== null && focusRow(wanted.current)) wanted.current = null;
  });
  const goTo = (index: number): void => {
    setCurrent({ id: rowAt(state, index)?.id ?? null, index });
    virtual.scrollToIndex(index);
    if (!focusRow(index)) wanted.current = index;
  };
  useEffect(() => {
    if (!state.reveal) return;
    setCurrent({ id: state.reveal.id, index: state.reveal.row });
    virtual.scrollToIndex(state.reveal.row, { align: 'center' });
  }, [state.reveal]);

  const act = (row: KeyRow): void => {
    if (row.kind === 'prefix') send({ type: 'fold', id: row.id, open: !row.open });
    else send({ type: 'select', id: row.id, reveal: false });
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLUListElement>): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rowAt(state, here);
    const page = Math.max(1, Math.floor((tree.current?.clientHeight ?? ROW_PX) / ROW_PX) - 1);
    const to = target(event.key, { here, total, page });
    if (to !== null) goTo(to);
    else if (row && (event.key === 'Enter' || event.key === ' ')) act(row);
    else if (row && event.key === 'ArrowRight') into(row);
    else if (row && event.key === 'ArrowLeft') outOf(row);
    else return;
    event.preventDefault();
  };
  const into = (row: KeyRow): void => {
    if (row.kind === 'prefix' && row.open) goTo(Math.min(here + 1, total - 1));
    else act(row);
  };
  const outOf = (row: KeyRow): void => {
    if (row.kind === 'prefix' && row.open) return act(row);
    const parent = parentOf(state, here, row.depth);
    if (parent !== null) goTo(parent);
  };

  return (
    <ul
      ref={tree}
      class="virtual tree"
      role="tree"
      aria-label={l10n.t('Keys by prefix')}
      onKeyDown={onKeyDown}
    >
      <li class="room" role="presentation" style={{ height: `${virtual.getTotalSize()}px` }} />
      {items.map((index) => (
        <Row
          key={index}
          row={rowAt(state, index)}
          index={index}
          focusable={index === here}
          selected={state.selected?.id ?? null}
          now={now}
          onFocus={(id) => setCurrent({ id, index })}
          onAct={act}
        />
      ))}
    </ul>
  );
}

/** The editor tells the rows that are looked at. */
function useLook(items: readonly number[], here: number, send: SendKeys): void {
  // The row with the focus may be far away; it is not worth the rows between.
  const near = items.filter((index, at) => index !== here || isBeside(items, at));
  const first = near.at(0) ?? 0;
  const count = Math.min(MOST_ROWS, (near.at(-1) ?? 0) - first + 1);
  useEffect(() => send({ type: 'look', offset: first, count }), [first, count]);
}

const isBeside = (items: readonly number[], at: number): boolean => {
  const index = items[at] ?? 0;
  return items[at - 1] === index - 1 || items[at + 1] === index + 1 || items.length === 1;
};

/** The nearest row above that stands further out, as far as rows are known. */
function parentOf(state: KeysState, here: number, depth: number): number | null {
  for (let index = here - 1; index >= 0; index -= 1) {
    const row = rowAt(state, index);
    if (!row) return depth === 0 ? null : index + 1 < here ? index + 1 : null;
    if (row.depth < depth) return index;
  }
  return null;
}

interface Place {
  readonly here: number;
  readonly total: number;
  readonly page: number;
}

function target(key: string, { here, total, page }: Place): number | null {
  switch (key) {
    case 'ArrowDown':
      return Math.min(here + 1, total - 1);
    case 'ArrowUp':
      return Math.max(here - 1, 0);
    case 'PageDown':
      return Math.min(here + page, total - 1);
    case 'PageUp':
      return Math.max(here - page, 0);
    case 'Home':
      return 0;
    case 'End':
      return total - 1;
    default:
      return null;
  }
}

interface RowProps {
  readonly row: KeyRow | undefined;
  readonly index: number;
  readonly focusable: boolean;
  readonly selected: number | null;
  readonly now: number;
  readonly onFocus: (id: number | null) => void;
  readonly onAct: (row: KeyRow) => void;
}

/** Deeper ones are not drawn further in: their names would be out of sight. */
const MOST_DEPTH = 8;

function Row({ row, index, focusable, selected, now, onFocus, onAct }: RowProps) {
  const isKey = row?.kind === 'key';
  const depth = row?.depth ?? 0;
  return (
    <li
      role="treeitem"
      data-index={index}
      data-row={row?.label}
      class={row && row.id === selected ? 'key-row selected' : 'key-row'}
      tabIndex={focusable ? 0 : -1}
      aria-level={depth + 1}
      aria-expanded={row?.kind === 'prefix' ? row.open : undefined}
      aria-selected={isKey ? row.id === selected : undefined}
      style={{ transform: `translateY(${index * ROW_PX}px)` }}
      onFocus={() => onFocus(row?.id ?? null)}
      onClick={() => row && onAct(row)}
    >
      <span class="indent" style={{ width: `${Math.min(depth, MOST_DEPTH) * 16}px` }} />
      {row?.kind === 'prefix' && <PrefixCells row={row} />}
      {isKey && <KeyCells row={row} now={now} />}
      {!row && <span class="name dim">…</span>}
    </li>
  );
}

function PrefixCells({ row }: { readonly row: Extract<KeyRow, { kind: 'prefix' }> }) {
  return (
    <>
      <span class={row.open ? 'fold open' : 'fold'}>
        <Icon name="fold" />
      </span>
      <span class={row.depth === 0 ? 'cut name top' : 'cut name'} title={row.label}>
        <bdi>{row.label}</bdi>
      </span>
      <span class="end dim">{integer(row.count)}</span>
    </>
  );
}

interface KeyCellsProps {
  readonly row: Extract<KeyRow, { kind: 'key' }>;
  readonly now: number;
}

function KeyCells({ row: { label, facts }, now }: KeyCellsProps) {
  return (
    <>
      <span class="type dim">{facts ? short(facts.type) : ''}</span>
      <span class="cut name mono" title={label}>
        <bdi>{label}</bdi>
      </span>
      {facts?.owner && (
        <span class="owner dim cut">
          <bdi>{facts.owner}</bdi>
        </span>
      )}
      <span class="size dim">{facts?.size}</span>
      <span class="end dim">{facts && end(facts.endsAt, now)}</span>
    </>
  );
}

const short = (type: string): string => (type === 'string' ? 'str' : type);
const end = (endsAt: number | null, now: number): string =>
  endsAt === null ? l10n.t('no TTL') : leftText(endsAt - now);

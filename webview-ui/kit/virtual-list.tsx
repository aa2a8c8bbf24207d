import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import type { ComponentChildren, TargetedKeyboardEvent } from 'preact';
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';

/** Shorter lists are drawn whole, without a scroll bar of their own. */
const WHOLE = 50;

interface VirtualListProps<T> {
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** Height of a row that was not measured yet, in pixels. */
  readonly estimate: number;
  readonly label: string;
  readonly class?: string;
  /** What stands inside the row's `li`. */
  readonly row: (item: T, index: number) => ComponentChildren;
  readonly rowClass?: (item: T) => string;
}

/**
 * A list of rows, of which only those in sight exist. The list is one stop for the Tab key: arrows, Home and End move
 * inside it, and the row that was focused last is the one that gets the focus again.
 */
export function VirtualList<T>(props: VirtualListProps<T>) {
  const { items, keyOf } = props;
  const [current, setCurrent] = useState<string | null>(null);
  const here = Math.max(
    0,
    items.findIndex((item) => keyOf(item) === current),
  );
  const list = useRef<HTMLUListElement>(null);
  const long = items.length > WHOLE;
  const virtualizer = useVirtualizer(list, {
    count: long ? items.length : 0,
    estimate: props.estimate,
    keyAt: useSameWhileEqual(long ? items.map(keyOf) : NONE),
    here,
  });
  const virtual = long ? virtualizer : null;
  const wanted = useRef<number | null>(null);

  const focusRow = (index: number): boolean => {
    const row = list.current?.querySelector<HTMLElement>(`:scope > [data-index="${index}"]`);
    row?.focus();
    return row !== null && row !== undefined;
  };
  // The row that is to get the focus may exist only after the list was scrolled to it.
  useLayoutEffect(() => {
    if (wanted.current !== null && focusRow(wanted.current)) wanted.current = null;
  });
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLUListElement>): void => {
    if (!(event.target instanceof HTMLElement) || event.target.parentElement !== list.current) return;
    const to = target(event.key, here, items.length);
    const item = to === null ? undefined : items[to];
    if (to === null || item === undefined) return;
    event.preventDefault();
    setCurrent(keyOf(item));
    virtual?.scrollToIndex(to);
    if (!focusRow(to)) wanted.current = to;
  };

  const rows = virtual
    ? virtual.getVirtualItems().map(({ index, start }) => ({ index, start }))
    : items.map((_, index) => ({ index, start: null }));
  return (
    <ul
      ref={list}
      class={`${props.class ?? ''} ${virtual ? 'virtual' : ''}`}
      aria-label={props.label}
      onKeyDown={onKeyDown}
    >
      {virtual && <li class="room" role="presentation" style={{ height: `${virtual.getTotalSize()}px` }} />}
      {rows.map(({ index, start }) => {
        const item = items[index];
        if (item === undefined) return null;
        const key = keyOf(item);
        return (
          <li
            key={key}
            data-index={index}
            data-row={key}
            class={props.rowClass?.(item)}
            tabIndex={index === here ? 0 : -1}
            aria-setsize={virtual ? items.length : undefined}
            aria-posinset={virtual ? index + 1 : undefined}
            ref={virtual ? virtual.measureElement : null}
            style={start === null ? undefined : { transform: `translateY(${start}px)` }}
            onFocus={() => setCurrent(key)}
          >
            {props.row(item, index)}
          </li>
        );
      })}
    </ul>
  );
}

function target(key: string, here: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return Math.min(here + 1, count - 1);
    case 'ArrowUp':
      return Math.max(here - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

const NONE: readonly string[] = [];

/** The same function while the keys are: with another one every row's place is worked out anew. */
function useSameWhileEqual(keys: readonly string[]): (index: number) => string | number {
  const make = (of: readonly string[]) => ({ of, get: (index: number) => of[index] ?? index });
  const held = useRef<ReturnType<typeof make> | null>(null);
  const { current } = held;
  const isSame = current?.of.length === keys.length && keys.every((key, index) => key === current.of[index]);
  return (current && isSame ? current : (held.current = make(keys))).get;
}

interface VirtualRows {
  readonly count: number;
  /** Height of a row that was not measured yet, in pixels. */
  readonly estimate: number;
  /** The same function while the keys are. */
  readonly keyAt: (index: number) => string | number;
  /** The row that has the focus stays, however far it was scrolled away. */
  readonly here: number;
}

/** Which rows of a list are in sight; draws again when that changes. */
export function useVirtualizer(
  list: { readonly current: HTMLUListElement | null },
  { count, estimate, keyAt, here }: VirtualRows,
): Virtualizer<HTMLUListElement, HTMLLIElement> {
  const [, redraw] = useReducer<number, undefined>((drawn) => drawn + 1, 0);
  const options = {
    count,
    getScrollElement: () => list.current,
    estimateSize: () => estimate,
    getItemKey: keyAt,
    overscan: 6,
    rangeExtractor: ({ startIndex, endIndex, overscan, count }: Shown) => {
      const first = Math.max(0, startIndex - overscan);
      const last = Math.min(count - 1, endIndex + overscan);
      const rows = Array.from({ length: last - first + 1 }, (_, index) => first + index);
      if (here < first) return [here, ...rows];
      return here > last ? [...rows, here] : rows;
    },
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(undefined),
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLUListElement, HTMLLIElement>(options));
  virtualizer.setOptions({ ...virtualizer.options, ...options });
  useEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());
  return virtualizer;
}

interface Shown {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly overscan: number;
  readonly count: number;
}

import { FIRST_PAGE, PAGE_ITEMS, type ValueBody, type ValuePage } from '../../app/keys/key-value.ts';

type Direction = 'first' | 'previous' | 'next' | 'last';

/** Remembers the way through a value's pages: a table's cursors lead forward only. */
export interface Paging {
  readonly hasBack: boolean;
  /** Another key is shown, from its first page. */
  begin(): void;
  /** The page to show; `null`: there is none in that direction. */
  go(to: Direction, body: ValueBody, page: ValuePage): ValuePage | null;
}

export function createPaging(): Paging {
  let trail: readonly ValuePage[] = [];

  function ofList(to: Direction, body: Extract<ValueBody, { kind: 'list' }>): ValuePage | null {
    const last = Math.floor(Math.max(0, body.total - 1) / PAGE_ITEMS) * PAGE_ITEMS;
    const offset = {
      first: 0,
      previous: Math.max(0, body.offset - PAGE_ITEMS),
      // Pages of large items are shorter.
      next: body.offset + body.items.length,
      last,
    }[to];
    return offset === body.offset || offset >= Math.max(1, body.total) ? null : { ...FIRST_PAGE, offset };
  }

  function ofTable(to: Direction, next: string | null, page: ValuePage): ValuePage | null {
    switch (to) {
      case 'first':
        trail = [];
        return FIRST_PAGE;
      case 'previous': {
        const before = trail.at(-1);
        trail = trail.slice(0, -1);
        return before ?? null;
      }
      case 'next':
        if (next === null) return null;
        trail = [...trail, page];
        return { offset: 0, cursor: next };
      case 'last':
        return null;
    }
  }

  return {
    get hasBack() {
      return trail.length > 0;
    },
    begin: () => {
      trail = [];
    },
    go: (to, body, page) => {
      if (body.kind === 'list') return ofList(to, body);
      return body.kind === 'table' ? ofTable(to, body.next, page) : null;
    },
  };
}

/** Names of keys as a tree by `:`, of which only the rows that are looked at are made. */

/** Deeper names stay together, so that a name of thousands of colons is one row and no deep tree. */
const MOST_LEVELS = 12;

interface Node {
  /** From the root, without the last `:`. */
  readonly path: string;
  readonly segment: string;
  /** Null while it has none: most nodes are keys, and there may be a hundred thousand. */
  children: Map<string, Node> | null;
  isKey: boolean;
  /** Keys below it and itself. */
  count: number;
  /** In order, except for what `changed` names. */
  order: readonly Place[];
  /** Segments of children that changed since then. */
  changed: Set<string> | null;
  /** Rows below it while it is open, made again after anything below it changed. */
  rows: number | null;
}

/** What stands in one place of an open prefix: a key, or a prefix with at least two keys. */
type Item =
  | { readonly kind: 'key'; readonly name: string; readonly label: string }
  | { readonly kind: 'prefix'; readonly node: Node };

interface Place {
  readonly at: string;
  readonly segment: string;
  readonly item: Item;
}

export type TreeRow =
  | { readonly kind: 'key'; readonly name: string; readonly label: string; readonly depth: number }
  | {
      readonly kind: 'prefix';
      /** Names up to the next `:`, without it. */
      readonly path: string;
      readonly label: string;
      readonly depth: number;
      readonly count: number;
      readonly open: boolean;
    };

export interface KeyTree {
  /** So many different keys. */
  readonly size: number;
  /** So many rows with what is open. */
  readonly rowCount: number;
  has(name: string): boolean;
  /** False when it was there already. */
  add(name: string): boolean;
  remove(name: string): boolean;
  /** `unfolds`: prefixes are open until somebody folds them; else those are that somebody opened. */
  clear(unfolds?: boolean): void;
  setOpen(path: string, open: boolean): void;
  rows(offset: number, count: number): readonly TreeRow[];
  /** The row of a key, its prefixes opened; -1 when it is not there. */
  reveal(name: string): number;
}

export function createKeyTree(): KeyTree {
  const names = new Set<string>();
  const folds = createFolds();
  const { isOpen } = folds;
  let root = newNode('', '');

  const along = (name: string): readonly string[] => segmentsOf(name);

  /** Everything that was worked out for the nodes on the way is void. */
  const change = (name: string, by: 1 | -1): void => {
    let node = root;
    touch(node, by);
    for (const segment of along(name)) {
      const children = (node.children ??= new Map<string, Node>());
      let child = children.get(segment);
      if (!child) {
        child = newNode(node === root ? segment : `${node.path}:${segment}`, segment);
        children.set(segment, child);
      }
      (node.changed ??= new Set()).add(segment);
      touch(child, by);
      if (child.count === 0) {
        children.delete(segment);
        return;
      }
      node = child;
    }
    node.isKey = by === 1;
  };

  return {
    get size() {
      return names.size;
    },
    get rowCount() {
      return rowsBelow(root, isOpen);
    },
    has: (name) => names.has(name),
    add(name) {
      if (names.has(name)) return false;
      names.add(name);
      change(name, 1);
      return true;
    },
    remove(name) {
      if (!names.delete(name)) return false;
      change(name, -1);
      return true;
    },
    clear(unfolds = false) {
      names.clear();
      folds.begin(unfolds);
      root = newNode('', '');
    },
    setOpen(path, wanted) {
      folds.keep(path, wanted);
      forget(root, along(path));
    },
    rows(offset, count) {
      const rows: TreeRow[] = [];
      collect({ node: root, isOpen, rows, from: offset, to: offset + count, at: 0, depth: 0 });
      return rows;
    },
    reveal(name) {
      if (!names.has(name)) return -1;
      let node = root;
      for (const segment of along(name)) {
        const child = node.children?.get(segment);
        if (!child || child.count < 2) break;
        if (child.path !== name) folds.keep(child.path, true);
        node = child;
      }
      forget(root, along(name));
      return rowOf(root, name, isOpen);
    },
  };
}

/** Which prefixes are open: those that somebody opened or, while all unfold, those that nobody folded. */
function createFolds() {
  const open = new Set<string>();
  const folded = new Set<string>();
  let unfolding = false;
  return {
    isOpen: (path: string): boolean => (unfolding ? !folded.has(path) : open.has(path)),
    keep: (path: string, wanted: boolean): void => {
      const [set, isIn] = unfolding ? [folded, !wanted] : [open, wanted];
      if (isIn) set.add(path);
      else set.delete(path);
    },
    begin: (unfolds: boolean): void => {
      unfolding = unfolds;
      folded.clear();
    },
  };
}

function newNode(path: string, segment: string): Node {
  return {
    path,
    segment,
    children: null,
    isKey: false,
    count: 0,
    order: [],
    changed: null,
    rows: null,
  };
}

function touch(node: Node, by: 1 | -1): void {
  node.count += by;
  node.rows = null;
}

function forget(root: Node, segments: readonly string[]): void {
  let node: Node | undefined = root;
  node.rows = null;
  for (const segment of segments) {
    node = node.children?.get(segment);
    if (!node) return;
    node.rows = null;
  }
}

function segmentsOf(name: string): readonly string[] {
  const segments = name.split(':');
  if (segments.length <= MOST_LEVELS) return segments;
  return [...segments.slice(0, MOST_LEVELS - 1), segments.slice(MOST_LEVELS - 1).join(':')];
}

/** Only what changed is sorted; a prefix may have a hundred thousand children. */
function placesOf(node: Node): readonly Place[] {
  const { changed } = node;
  if (changed === null) return node.order;
  const fresh = Array.from(changed)
    .flatMap((segment) => placesOfChild(node, segment))
    .sort(byPlace);
  const kept = node.order.filter(({ segment }) => !changed.has(segment));
  node.order = kept.length === 0 ? fresh : merge(kept, fresh);
  node.changed = null;
  return node.order;
}

function placesOfChild(node: Node, segment: string): readonly Place[] {
  const child = node.children?.get(segment);
  if (!child) return [];
  const places: Place[] = [];
  const below = child.count - (child.isKey ? 1 : 0);
  if (child.isKey) {
    places.push({ at: segment, segment, item: { kind: 'key', name: child.path, label: segment } });
  }
  if (below === 1) {
    const name = onlyKey(child);
    const label = name.slice(node.path === '' ? 0 : node.path.length + 1);
    places.push({ at: label, segment, item: { kind: 'key', name, label } });
  } else if (below > 1) {
    places.push({ at: segment, segment, item: { kind: 'prefix', node: child } });
  }
  return places;
}

/** By label; a key stands before the prefix of its name. */
function byPlace(one: Place, other: Place): number {
  if (one.at !== other.at) return one.at < other.at ? -1 : 1;
  return one.item.kind === other.item.kind ? 0 : one.item.kind === 'key' ? -1 : 1;
}

function merge(one: readonly Place[], other: readonly Place[]): readonly Place[] {
  const merged: Place[] = [];
  let left = 0;
  for (const place of other) {
    for (let next = one[left]; next && byPlace(next, place) <= 0; next = one[left]) {
      merged.push(next);
      left += 1;
    }
    merged.push(place);
  }
  while (left < one.length) {
    const next = one[left++];
    if (next) merged.push(next);
  }
  return merged;
}

/** The name of the one key below a node that is no key itself, or below one that is. */
function onlyKey(node: Node): string {
  let at = node;
  for (;;) {
    const [child] = at.children?.values() ?? [];
    if (!child) return at.path;
    at = child;
    if (at.isKey && (at.children?.size ?? 0) === 0) return at.path;
  }
}

type IsOpen = (path: string) => boolean;

function rowsBelow(node: Node, isOpen: IsOpen): number {
  if (node.rows !== null) return node.rows;
  const places = placesOf(node);
  let rows = places.length;
  for (const { item } of places) {
    if (item.kind === 'prefix' && isOpen(item.node.path)) rows += rowsBelow(item.node, isOpen);
  }
  node.rows = rows;
  return rows;
}

interface Collecting {
  readonly node: Node;
  readonly isOpen: IsOpen;
  readonly rows: TreeRow[];
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly depth: number;
}

/** The row after the last one below the node; parts outside of what is wanted are stepped over. */
function collect(request: Collecting): number {
  const { node, isOpen, rows, from, to, depth } = request;
  let { at } = request;
  for (const { item } of placesOf(node)) {
    if (at >= to) break;
    const wanted = at >= from;
    at += 1;
    if (item.kind === 'key') {
      if (wanted) rows.push({ kind: 'key', name: item.name, label: item.label, depth });
      continue;
    }
    const { path, segment, count, isKey } = item.node;
    const open = isOpen(path);
    const below = count - (isKey ? 1 : 0);
    if (wanted) rows.push({ kind: 'prefix', path, label: segment, depth, count: below, open });
    if (!open) continue;
    const inner = rowsBelow(item.node, isOpen);
    if (at + inner > from) collect({ ...request, node: item.node, at, depth: depth + 1 });
    at += inner;
  }
  return at;
}

function rowOf(root: Node, name: string, isOpen: IsOpen): number {
  let at = 0;
  let node = root;
  for (;;) {
    let next: Node | null = null;
    for (const { item } of placesOf(node)) {
      if (item.kind === 'key') {
        if (item.name === name) return at;
      } else if (name.startsWith(`${item.node.path}:`) && isOpen(item.node.path)) {
        next = item.node;
        at += 1;
        break;
      } else if (isOpen(item.node.path)) {
        at += rowsBelow(item.node, isOpen);
      }
      at += 1;
    }
    if (!next) return -1;
    node = next;
  }
}

import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createKeyTree, type KeyTree } from './key-tree.ts';

function treeOf(names: readonly string[], ...open: readonly string[]): KeyTree {
  const tree = createKeyTree();
  for (const name of names) tree.add(name);
  for (const path of open) tree.setOpen(path, true);
  return tree;
}

const shown = (tree: KeyTree, offset = 0, count = 1000): readonly string[] =>
  tree
    .rows(offset, count)
    .map((row) =>
      row.kind === 'key'
        ? `${' '.repeat(row.depth)}${row.label}`
        : `${' '.repeat(row.depth)}${row.open ? '-' : '+'}${row.label} ${row.count}`,
    );

const NAMES = [
  'coord:t1:complete',
  'coord:t1:signal:a',
  'coord:t1:signal:b',
  'coord:t2:complete',
  'lock:integrate:1a9f',
  'plain',
];

it('counts keys by prefix and shows a single key below one on its line', () => {
  expect(shown(treeOf(NAMES))).toEqual(['+coord 4', 'lock:integrate:1a9f', 'plain']);
  expect(shown(treeOf(NAMES, 'coord', 'coord:t1'))).toEqual([
    '-coord 4',
    ' -t1 3',
    '  complete',
    '  +signal 2',
    ' t2:complete',
    'lock:integrate:1a9f',
    'plain',
  ]);
});

it('shows a key that others lie below as a row of its own', () => {
  const tree = treeOf(['task:t1:output', 'task:t1:output:1', 'task:t1:output:2'], 'task', 'task:t1');
  expect(shown(tree)).toEqual(['-task 3', ' -t1 3', '  output', '  +output 2']);
  tree.remove('task:t1:output:2');
  expect(shown(tree)).toEqual(['-task 2', ' -t1 2', '  output', '  output:1']);
  tree.remove('task:t1:output');
  expect(shown(tree)).toEqual(['task:t1:output:1']);
});

it('opens what a key lies below and says its row', () => {
  const tree = treeOf(NAMES);
  const row = tree.reveal('coord:t1:signal:b');
  expect(tree.rows(row, 1)).toEqual([{ kind: 'key', name: 'coord:t1:signal:b', label: 'b', depth: 3 }]);
  expect(tree.reveal('missing')).toBe(-1);
});

it('keeps a name of thousands of colons on one row', () => {
  const deep = 'a:'.repeat(5000);
  const tree = treeOf([deep, `${deep}b`]);
  let open = 0;
  for (let row = tree.rows(open, 1)[0]; row?.kind === 'prefix'; row = tree.rows(open, 1)[0]) {
    tree.setOpen(row.path, true);
    open += 1;
  }
  expect(open).toBeLessThan(20);
  expect(tree.rows(open, 2).map((row) => (row.kind === 'key' ? row.name : ''))).toEqual([deep, `${deep}b`]);
});

it('gives any window of the rows, with the same rows after any changes', () => {
  const segment = fc.constantFrom('a', 'b', 'c', '');
  const name = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(':'));
  const step = fc.record({ name, does: fc.constantFrom('add', 'remove', 'open', 'close') });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(20), fc.boolean(), (steps, offset, unfolds) => {
      const count = 7;
      const tree = createKeyTree();
      tree.clear(unfolds);
      for (const { name, does } of steps) {
        if (does === 'add') tree.add(name);
        else if (does === 'remove') tree.remove(name);
        else tree.setOpen(name, does === 'open');
        // Reading between changes must leave nothing stale behind.
        tree.rows(0, 3);
      }
      const fresh = createKeyTree();
      fresh.clear(unfolds);
      for (const { name, does } of steps) {
        if (does === 'open' || does === 'close') fresh.setOpen(name, does === 'open');
      }
      const all = tree.rows(0, 10_000);
      for (const { name } of steps) if (tree.has(name)) fresh.add(name);
      expect(fresh.size).toBe(tree.size);
      expect(all).toEqual(fresh.rows(0, 10_000));
      expect(tree.rowCount).toBe(all.length);
      expect(tree.rows(offset, count)).toEqual(all.slice(offset, offset + count));
      const places = all.map((row, at) => (row.kind === 'key' ? tree.reveal(row.name) : at));
      expect(places).toEqual(all.map((_row, at) => at));
    }),
  );
});

it('unfolds what a search found, until somebody folds it, and then goes back to what was open', () => {
  const tree = treeOf(['a:b:1', 'a:b:2', 'a:c:1', 'a:c:2', 'd:1', 'd:2'], 'd');
  tree.clear(true);
  for (const name of ['a:b:1', 'a:b:2', 'd:1', 'd:2']) tree.add(name);
  expect(shown(tree)).toHaveLength(7);
  tree.setOpen('a', false);
  expect([tree.rowCount, tree.rows(0, 9).length]).toEqual([4, 4]);
  expect(tree.reveal('a:b:2')).toBe(3);
  tree.clear();
  for (const name of ['a:b:1', 'a:b:2', 'd:1', 'd:2']) tree.add(name);
  expect(tree.rowCount).toBe(4);
});

import { expect, it } from 'vitest';
import { FIRST_PAGE, type ValueBody } from '../../app/keys/key-value.ts';
import { createPaging } from './paging.ts';

const list = (offset: number, count: number): ValueBody => ({
  kind: 'list',
  total: 240,
  offset,
  items: Array.from({ length: count }, () => ({ text: '', hex: false, bytes: 0, cut: false })),
});
const table = (next: string | null): ValueBody => ({
  kind: 'table',
  type: 'hash',
  total: 300,
  rows: [],
  next,
});

it('goes through a list by what each page held', () => {
  const paging = createPaging();
  const to = (direction: Parameters<typeof paging.go>[0], body: ValueBody) =>
    paging.go(direction, body, FIRST_PAGE)?.offset ?? null;
  expect(to('next', list(0, 100))).toBe(100);
  // Large items: a page of three.
  expect(to('next', list(0, 3))).toBe(3);
  expect(to('last', list(0, 100))).toBe(200);
  expect(to('next', list(200, 40))).toBeNull();
  expect(to('previous', list(50, 100))).toBe(0);
  expect(to('first', list(0, 100))).toBeNull();
});

it('finds the way back through cursors that lead forward only', () => {
  const paging = createPaging();
  const second = paging.go('next', table('17'), FIRST_PAGE);
  expect(second).toEqual({ offset: 0, cursor: '17' });
  const third = paging.go('next', table('4'), second ?? FIRST_PAGE);
  expect([third?.cursor, paging.hasBack]).toEqual(['4', true]);
  expect(paging.go('next', table(null), third ?? FIRST_PAGE)).toBeNull();
  expect(paging.go('previous', table(null), third ?? FIRST_PAGE)).toEqual(second);
  expect(paging.go('previous', table('4'), second ?? FIRST_PAGE)).toEqual(FIRST_PAGE);
  expect(paging.hasBack).toBe(false);
  paging.go('next', table('17'), FIRST_PAGE);
  paging.begin();
  expect(paging.hasBack).toBe(false);
});

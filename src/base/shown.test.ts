import { expect, it } from 'vitest';
import { shown } from './shown.ts';

it('quotes texts and shortens long ones', () => {
  expect(shown('a')).toBe('"a"');
  expect(shown('x'.repeat(200))).toHaveLength(83);
});

it('names what has no text, and says when there is nothing', () => {
  expect(shown(undefined)).toBe('missing');
  expect(shown(Number.NaN)).toBe('NaN');
  expect(shown(() => 1)).toBe('function');
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  expect(shown(circle)).toBe('object');
});

it('shortens a long list', () => {
  expect(shown(Array.from({ length: 100 }, () => 1))).toHaveLength(81);
});

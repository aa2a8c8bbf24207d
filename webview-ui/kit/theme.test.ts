import { expect, it } from 'vitest';
import { contrast } from './theme.ts';

it('measures contrast as WCAG does', () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
  expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2);
  expect(contrast([31, 31, 31], [31, 31, 31])).toBe(1);
});

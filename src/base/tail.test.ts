import { expect, it } from 'vitest';
import { createTail } from './tail.ts';

it('keeps the end of a long text', () => {
  const tail = createTail(10);
  for (let n = 0; n < 1_000; n += 1) tail.add(`${n % 10}`);
  expect(tail.text()).toBe('0123456789');
});

it('does not start within a character', () => {
  const tail = createTail(3);
  tail.add('a😀bc');
  expect(tail.text()).toBe('bc');
});

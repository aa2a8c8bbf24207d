import { expect, it } from 'vitest';
import { storedEventSchema } from './persisted.ts';

const EVENT = { type: 'LoopPaused', taskId: 'sum', iteration: 0, at: 1, correlation: 'loop:iter-0:1' };

it('reads an event with its envelope, and leaves its own fields to those who use them', () => {
  expect(storedEventSchema.parse({ ...EVENT, now: true })).toEqual({ ...EVENT, now: true });
});

it.each([
  null,
  'LoopPaused',
  [],
  {},
  ...Object.keys(EVENT).map((key) => ({ ...EVENT, [key]: undefined })),
  { ...EVENT, type: 'FromTheFuture' },
  { ...EVENT, type: 'toString' },
  { ...EVENT, iteration: -1 },
  { ...EVENT, iteration: 0.5 },
  { ...EVENT, iteration: '1' },
  { ...EVENT, at: '1' },
  { ...EVENT, at: NaN },
])('refuses %j', (value) => {
  expect(storedEventSchema.safeParse(value).error?.issues[0]?.message).toBe('is not an event of a loop');
});

import { expect, it } from 'vitest';
import { createMemory } from './remembered.ts';

it('keeps drafts and folds of the loop that they belong to, and of no other', () => {
  const kept: unknown[] = [];
  const memory = createMemory(undefined, (state) => kept.push(state));
  memory.begin('a');
  memory.draft('decision', 'because');
  memory.set({ folds: { at: '1:gate', open: { implement: true } } });
  const again = createMemory(kept.at(-1), () => undefined);
  again.begin('a');
  expect(again.now.drafts).toEqual({ decision: 'because' });
  expect(again.now.folds.open).toEqual({ implement: true });
  again.begin('b');
  expect(again.now.drafts).toEqual({});
});

it('forgets a draft that was sent, and takes nothing that it did not write', () => {
  const memory = createMemory({ taskId: 7, drafts: 'x' }, () => undefined);
  expect(memory.now.taskId).toBeNull();
  memory.draft('a', 'x');
  memory.draft('a', '');
  expect(memory.now.drafts).toEqual({});
});

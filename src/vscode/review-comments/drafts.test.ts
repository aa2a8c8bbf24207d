import { describe, expect, it } from 'vitest';
import { comment } from '../../domain/review/test-threads.ts';
import { createDrafts } from './drafts.ts';

function memory(start: unknown = []) {
  const kept = new Map<string, unknown>([['review.drafts', start]]);
  return {
    keys: () => Array.from(kept.keys()),
    get: <T>(key: string, fallback?: T): T => (kept.get(key) ?? fallback) as T,
    update: (key: string, value: unknown) => {
      kept.set(key, value);
      return Promise.resolve();
    },
  };
}

describe('drafts of a review', () => {
  it('are kept over reloads, by loop and commit', async () => {
    const state = memory();
    const drafts = createDrafts(state);
    await drafts.put('t1', 'a1', comment());
    await drafts.put('t1', 'a1', comment({ id: 'c2' }));
    await drafts.put('t2', 'b1', comment());
    const again = createDrafts(state);
    expect(again.of('t1')).toEqual([
      { taskId: 't1', commit: 'a1', items: [comment(), comment({ id: 'c2' })] },
    ]);
    expect([again.count('t1'), again.count('t2'), again.count('t3')]).toEqual([2, 1, 0]);
  });

  it('are edited in place, a judgement takes the place of the one before, and removed ones are gone', async () => {
    const drafts = createDrafts(memory());
    await drafts.put('t1', 'a1', comment());
    await drafts.put('t1', 'a1', comment({ text: 'better' }));
    await drafts.put('t1', 'a1', comment({ id: 'f1', kind: 'finding-accepted', text: '' }));
    await drafts.put('t1', 'a2', comment({ id: 'f1', kind: 'finding-dismissed', text: 'no' }));
    expect(drafts.of('t1').flatMap(({ items }) => items.map(({ kind, text }) => [kind, text]))).toEqual([
      ['comment', 'better'],
      ['finding-dismissed', 'no'],
    ]);
    await drafts.remove('t1', ({ kind }) => kind === 'comment');
    expect(drafts.count('t1')).toBe(1);
  });

  it('that can not be read any more are left out', () => {
    expect(createDrafts(memory([{ taskId: 1 }])).of('t1')).toEqual([]);
  });
});

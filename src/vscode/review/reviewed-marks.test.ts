import { describe, expect, it } from 'vitest';
import type { ComparedFile } from '../../ports/worktrees.ts';
import { createReviewedMarks } from './reviewed-marks.ts';

function memento() {
  const kept = new Map<string, unknown>();
  return {
    kept,
    keys: () => [...kept.keys()],
    get: (key: string) => kept.get(key),
    update: (key: string, value: unknown) => {
      if (value === undefined) kept.delete(key);
      else kept.set(key, value);
      return Promise.resolve();
    },
  };
}
const file = (path: string, oid: string, mode = '100644'): ComparedFile => ({
  status: 'modified',
  before: { path, mode: '100644', oid: '0'.repeat(40) },
  after: { path, mode, oid: oid.repeat(40) },
});

describe('marks of reviewed files', () => {
  it('clear themselves when the file holds something else, is deleted, or gets another mode', () => {
    const marks = createReviewedMarks(memento());
    marks.mark('t', [file('a.ts', '1')], true);
    expect(marks.stateOf('t', file('a.ts', '1'))).toBe('reviewed');
    expect(marks.stateOf('t', file('a.ts', '2'))).toBe('changed');
    expect(marks.stateOf('t', file('a.ts', '1', '100755'))).toBe('changed');
    expect(marks.stateOf('t', { ...file('a.ts', '1'), after: null })).toBe('changed');
    expect(marks.stateOf('t', file('b.ts', '1'))).toBe('open');
    expect(marks.stateOf('other', file('a.ts', '1'))).toBe('open');
  });

  it('are there again after a reload, and gone once they were taken away', () => {
    const memory = memento();
    createReviewedMarks(memory).mark('t', [file('__proto__', '1'), file('b.ts', '2')], true);
    const later = createReviewedMarks(memory);
    expect(later.stateOf('t', file('b.ts', '2'))).toBe('reviewed');
    expect(later.stateOf('t', file('__proto__', '1'))).toBe('reviewed');
    later.mark('t', [file('b.ts', '2'), file('__proto__', '1')], false);
    expect(memory.keys()).toEqual([]);
  });

  it('count as none when what was kept cannot be read', () => {
    const memory = memento();
    memory.kept.set('review.marks.t', [['a.ts', 1]]);
    expect(createReviewedMarks(memory).stateOf('t', file('a.ts', '1'))).toBe('open');
  });
});

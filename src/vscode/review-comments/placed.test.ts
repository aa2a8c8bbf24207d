import { describe, expect, it } from 'vitest';
import { placeIn } from './placed.ts';

const meant = { commit: 'c1', file: 'a.ts', line: 2, endLine: null };

describe('where a comment stands', () => {
  it('is where its line is now', () => {
    expect(placeIn(meant, '', ['a', 'b'], ['x', 'a', 'b'])).toEqual({
      place: { line: 3, endLine: 3 },
      outdated: false,
    });
  });

  it('is near where it was once its line is gone, and says so', () => {
    expect(placeIn(meant, '', ['a', 'b'], ['a'])).toEqual({ place: { line: 1, endLine: 1 }, outdated: true });
    expect(placeIn({ ...meant, line: 900 }, '', ['a'], ['a', 'b'])).toMatchObject({
      outdated: true,
      place: { line: 2 },
    });
  });

  it('is found by its lines where the commit can not be read any more', () => {
    expect(placeIn(meant, 'b', null, ['a', 'x', 'b'])).toMatchObject({ outdated: false, place: { line: 3 } });
    expect(placeIn(meant, '', null, ['a'])).toMatchObject({ outdated: true });
  });

  it('is the first line of the file where no line was named', () => {
    expect(placeIn({ ...meant, line: null }, '', ['a'], ['b'])).toEqual({
      place: { line: 1, endLine: 1 },
      outdated: false,
    });
  });
});

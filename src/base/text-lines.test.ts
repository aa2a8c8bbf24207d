import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextLines } from './text-lines.ts';

function read(limit: number, pieces: readonly string[]) {
  const lines: string[] = [];
  let tooLong = 0;
  const write = createTextLines(limit, {
    onLine: (line) => lines.push(line),
    onTooLong: () => (tooLong += 1),
  });
  for (const piece of pieces) write(piece);
  return { lines, tooLong };
}

describe('lines of text that comes in pieces', () => {
  it('are the same wherever the text is cut', () => {
    const text = fc.stringMatching(/^[ab\n]{0,60}$/);
    fc.assert(
      fc.property(text, fc.array(fc.nat(60)), (whole, cuts) => {
        const at = [
          0,
          ...cuts.filter((cut) => cut < whole.length).sort((one, other) => one - other),
          whole.length,
        ];
        const pieces = at.slice(1).map((end, index) => whole.slice(at[index], end));
        expect(read(100, pieces)).toEqual({ lines: whole.split('\n').slice(0, -1), tooLong: 0 });
      }),
    );
  });

  it('end with one that is too long, which is told once', () => {
    expect(read(3, ['abc\nab', 'cd\nx\n', 'y\n'])).toEqual({ lines: ['abc'], tooLong: 1 });
    expect(read(3, ['ab\nabcd\nx\n'])).toEqual({ lines: ['ab'], tooLong: 1 });
  });
});

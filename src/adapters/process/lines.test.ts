import { expect, it } from 'vitest';
import * as fc from 'fast-check';
import { createLineSplitter } from './lines.ts';

const split = (chunks: readonly Buffer[], limit = 1000) => {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line), limit);
  for (const chunk of chunks) splitter.write(chunk);
  splitter.end();
  return lines;
};

it('gives the same lines however the bytes were written', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, ''))),
      fc.array(fc.nat(200)),
      (texts, cuts) => {
        const whole = Buffer.from(texts.map((text) => `${text}\n`).join(''));
        const positions = cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b);
        const chunks = [0, ...positions].map((from, index) =>
          whole.subarray(from, positions[index] ?? whole.length),
        );
        expect(split(chunks)).toEqual(texts);
      },
    ),
  );
});

it('drops carriage returns, keeps empty lines and the rest without an end', () => {
  expect(split([Buffer.from('a\r\n\r\nb\nc')])).toEqual(['a', '', 'b', 'c']);
});

it('delivers an endless line in pieces', () => {
  expect(split([Buffer.from('x'.repeat(25))], 10)).toEqual(['x'.repeat(10), 'x'.repeat(10), 'x'.repeat(5)]);
});

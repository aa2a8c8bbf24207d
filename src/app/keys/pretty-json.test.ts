import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { prettyJson } from './pretty-json.ts';

it('lays JSON out with what each line opens and where that ends', () => {
  const lines = prettyJson('{"a":1,"list":[1,{"b":"x: [,]"}],"none":{},"empty":[]}') ?? [];
  expect(lines.map(({ depth, text }) => ' '.repeat(depth) + text)).toEqual([
    '{',
    ' "a": 1,',
    ' "list": [',
    '  1,',
    '  {',
    '   "b": "x: [,]"',
    '  }',
    ' ],',
    ' "none": {},',
    ' "empty": []',
    '}',
  ]);
  expect(lines.map(({ end }) => end).slice(0, 5)).toEqual([10, null, 7, null, 6]);
  expect([lines[0]?.items, lines[2]?.items]).toEqual([4, 2]);
});

it('keeps numbers as they are written', () => {
  expect(prettyJson('[12345678901234567890, 1e400, 1.0]')?.map(({ text }) => text)).toEqual([
    '[',
    '12345678901234567890,',
    '1e400,',
    '1.0',
    ']',
  ]);
});

it('leaves alone what is no object and no array', () => {
  for (const text of ['1', '"a"', '{"a":', 'PROCEED', '[1,]', '']) expect(prettyJson(text)).toBeNull();
});

it('changes nothing but blanks', () => {
  const value = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()));
  fc.assert(
    fc.property(value, (value) => {
      const text = JSON.stringify(value);
      const laidOut = (prettyJson(text) ?? []).map((line) => line.text).join('');
      // Not read back with JSON.parse: some versions of V8 confuse keys that are a quote or a backslash.
      expect(laidOut.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')).toBe(text);
    }),
  );
});

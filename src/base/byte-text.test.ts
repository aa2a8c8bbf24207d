import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeBytes, decodeCut, encodeText, hexDump, nameOfBytes } from './byte-text.ts';

it('reads any text back from its bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      expect(decodeBytes(encodeText(text))).toBe(text);
    }),
  );
  expect(decodeBytes(encodeText(`\u{feff}${'a'.repeat(20_000)}`))).toHaveLength(20_001);
});

it('takes bytes that are no UTF-8 for none, and shows them as what they are', () => {
  expect(decodeBytes('a\u00ff')).toBeNull();
  expect(nameOfBytes('a\u00ff\n')).toBe(String.raw`a\xff\x0a`);
  expect(nameOfBytes(encodeText('größe'))).toBe('größe');
});

it('reads a text that was cut off within a character', () => {
  expect(decodeCut(encodeText('a€').slice(0, -1))).toBe('a');
  expect(decodeCut('')).toBe('');
  expect(decodeCut('\u00ff\u00ff\u00ff\u00ff\u00ff')).toBeNull();
});

it('dumps bytes as hex with what can be printed beside', () => {
  expect(hexDump('a\u00ff\u0000b')).toBe(`00000000  61 ff 00 62${' '.repeat(36)}  a..b`);
  expect(hexDump('x'.repeat(17)).split('\n')[1]).toMatch(/^00000010 {2}78 /);
});

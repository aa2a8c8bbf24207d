import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withDots } from './unseen.ts';

describe('what is not seen', () => {
  it.each([
    ['a direction override', 'a\u202Eb', 'a·b'],
    ['an isolate', 'a\u2066b\u2069', 'a·b·'],
    ['an escape', 'a\u001B[2Jb', 'a·[2Jb'],
    ['a C1 control', 'a\u009B2Jb', 'a·2Jb'],
    ['a soft hyphen', 'pass\u00ADword', 'pass·word'],
    ['a zero-width space', 'a\u200Bb', 'a·b'],
    ['a joiner between Latin letters', 'ad\u200Dmin', 'ad·min'],
    ['a byte order mark', '\uFEFFa', '·a'],
    ['separators of lines', 'a\u2028b\u2029c', 'a·b·c'],
    ['tags', 'a\u{E0049}\u{E0074}b', 'a··b'],
    ['a Hangul filler', 'a\u3164b', 'a·b'],
    ['a selector with nothing before it', '\uFE0Fa', '·a'],
    ['a run of selectors', 'a\uFE00\uFE01\uFE02b', 'a\uFE00··b'],
    ['an ideographic selector after a Latin letter', 'a\u{E0100}b', 'a·b'],
  ])('is marked: %s', (_what, text, shown) => {
    expect(withDots(text)).toBe(shown);
  });

  it.each([
    ['words of many scripts', 'Grüße, 世界, Привет, مرحبا'],
    ['a family', '👨‍👩‍👧'],
    ['a heart in colour', '❤️'],
    ['a joiner with a skin tone', '👩🏽‍🚀'],
    ['Persian with its joiner', 'می\u200Cخواهم'],
    ['Hindi with its joiner', 'क्\u200Dष'],
    ['an ideograph with its variant', '葛\u{E0100}'],
    ['an Arabic number sign', '\u0600١'],
  ])('is part of writing: %s', (_what, text) => {
    expect(withDots(text)).toBe(text);
  });

  it('is kept where it is asked for', () => {
    expect(withDots('a\n\tb\u0007', '\n\t')).toBe('a\n\tb·');
  });

  it('leaves no control and no direction character, marks once, and changes nothing that is seen', () => {
    const texts = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(texts, (text) => {
        const shown = withDots(text);
        expect(shown).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u{e0000}-\u{e007f}]/u);
        expect(withDots(shown)).toBe(shown);
        expect(Array.from(shown)).toHaveLength(Array.from(text).length);
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'Z', '9', ' ', 'é', '世', '界', 'Ж', '.', '-', '_', '/') }),
        (text) => {
          expect(withDots(text)).toBe(text);
        },
      ),
    );
  });
});

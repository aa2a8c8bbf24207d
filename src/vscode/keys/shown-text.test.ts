import { expect, it } from 'vitest';
import { shownName, shownText, sizeText } from './shown-text.ts';

it('shows what is not seen, and keeps lines where there are lines', () => {
  expect(shownText('a\u001b[31mb\u0000\u007f\u0085\u202etxt\u200b')).toBe(
    String.raw`a␛[31mb␀␡\u{85}\u{202e}txt\u{200b}`,
  );
  expect(shownText('one\n\ttwo\r\n')).toBe('one\n\ttwo␍\n');
  expect(shownText('one\n\ttwo', false)).toBe('one␊␉two');
  expect(shownText('Grüße, 世界 👋')).toBe('Grüße, 世界 👋');
});

it('cuts long names and shows foreign bytes of them', () => {
  expect(shownName('coord:t\u00ff')).toBe(String.raw`coord:t\xff`);
  expect(shownName('coord:caf\u00c3\u00a9')).toBe('coord:café');
  const long = shownName(`key:${'x'.repeat(10_000_000)}`);
  expect(long).toHaveLength(501);
  expect(long.endsWith('…')).toBe(true);
});

it('tells sizes in the unit that fits', () => {
  expect([0, 1, 999, 1000, 64_000, 65_536, 999_600, 10_800_000, 3_200_000_000].map(sizeText)).toEqual([
    '0 bytes',
    '1 byte',
    '999 bytes',
    '1 kB',
    '64 kB',
    '65.5 kB',
    '1 MB',
    '10.8 MB',
    '3.2 GB',
  ]);
});

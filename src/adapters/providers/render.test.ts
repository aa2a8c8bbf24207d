import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, renderTranscript, wantsColor } from './render.ts';

const plain = { color: false };
const line = (kind: Parameters<typeof renderTranscript>[0]['kind'], text: string) =>
  ({ stream: 'agent', kind, text }) as const;

describe('a transcript in a terminal', () => {
  it('shows a tool call as one line that fits', () => {
    expect(renderTranscript(line('tool', 'Bash npm test'), 80, plain)).toBe('● Bash npm test');
    const long = renderTranscript(line('tool', `Bash ${'x'.repeat(200)}`), 40, plain);
    expect(long).toHaveLength(40);
    expect(long.endsWith('…')).toBe(true);
  });

  it('shortens what a tool printed and says by how much', () => {
    const text = Array.from({ length: 12 }, (_, n) => `line ${n + 1}`).join('\n');
    const lines = renderTranscript(line('tool-result', text), 80, plain).split('\n');
    expect(lines).toHaveLength(9);
    expect(lines[0]).toBe('  │ line 1');
    expect(lines.at(-1)).toBe('  │ … 4 more lines');
  });

  it('leaves paths and URLs whole and unstyled inside', () => {
    const text = 'See src/cart.js:12:3 and https://example.org/a?b=1 for it';
    expect(renderTranscript(line('text', text), 20)).toBe(text);
    expect(renderTranscript(line('error', text), 20)).toBe(`\u001B[31m✗ ${text}\u001B[0m`);
  });

  it('marks notices, results, errors and our own lines', () => {
    expect(renderTranscript(line('notice', 'n'), 80, plain)).toBe('· n');
    expect(renderTranscript(line('result', 'r'), 80, plain)).toBe('✓ r');
    expect(renderTranscript({ stream: 'harness', kind: 'notice', text: 'h\ni' }, 80, plain)).toBe(
      'cfn ▸ h\n      i',
    );
  });

  it('prints no escape sequence without colours, whatever it is given', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom('\u001B', '[', ']', '0;', 'title', '\u0007', '\u009B', '2J', '\r', '\b', 'a', '\n'),
        )
        .map((parts) => parts.join('')),
    );
    const kinds = fc.constantFrom('text', 'tool', 'tool-result', 'error', 'notice', 'result' as const);
    fc.assert(
      fc.property(hostile, kinds, fc.integer({ min: 1, max: 200 }), (text, kind, columns) => {
        const shown = renderTranscript(line(kind, text), columns, plain);
        // oxlint-disable-next-line no-control-regex
        expect(shown).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E]/);
      }),
      { numRuns: 500 },
    );
  });

  it('drops whole sequences, so that titles and hidden links leave no trace', () => {
    expect(
      printable('a\u001B]0;owned\u0007b\u001B[2Jc\u001B]8;;http://x\u001B\\d\u001B]8;;\u001B\\\u001B[31me'),
    ).toBe('abcde');
    expect(printable('50%\r100%\r\nend\tx')).toBe('50%\n100%\nend    x');
    expect(printable('safe\u202Eevil')).toBe('safeevil');
  });

  it('reads a long hostile line in no time', () => {
    const start = performance.now();
    renderTranscript(line('tool-result', '\u001B]'.repeat(200_000)), 80);
    renderTranscript(line('tool', '\u001B['.repeat(200_000)), 80);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

it('respects NO_COLOR, a dumb terminal and FORCE_COLOR', () => {
  expect(wantsColor({}, true)).toBe(true);
  expect(wantsColor({}, false)).toBe(false);
  expect(wantsColor({ NO_COLOR: '1', FORCE_COLOR: '1' }, true)).toBe(false);
  expect(wantsColor({ TERM: 'dumb' }, true)).toBe(false);
  expect(wantsColor({ FORCE_COLOR: '1' }, false)).toBe(true);
});

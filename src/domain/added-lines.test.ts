import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAddedLines } from './added-lines.ts';

const patch = (name: string, hunks: string) =>
  `diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ ${name}\n${hunks}`;

describe('added lines', () => {
  it('counts lines, whatever they look like', () => {
    const text = patch(
      'b/src/a.ts',
      '@@ -1 +1,3 @@\n-old\n+++ b/fake.ts\n+@@ -1 +1 @@\n+diff --git a/y b/y\n',
    );
    expect(readAddedLines(text)).toEqual([
      {
        path: 'src/a.ts',
        lines: [
          { line: 1, text: '++ b/fake.ts' },
          { line: 2, text: '@@ -1 +1 @@' },
          { line: 3, text: 'diff --git a/y b/y' },
        ],
      },
    ]);
  });

  it('reads names that git quotes, and files without a last line feed', () => {
    const ending = '\n\\ No newline at end of file\n';
    expect(
      readAddedLines(patch('"b/a\\"\\303\\244\\t.ts"', `@@ -0,0 +1 @@\n+x${ending}@@ -9,0 +11 @@\n+y\r\n`)),
    ).toEqual([
      {
        path: 'a"\u00c3\u00a4\t.ts',
        lines: [
          { line: 1, text: 'x' },
          { line: 11, text: 'y' },
        ],
      },
    ]);
    expect(readAddedLines(patch('/dev/null', '@@ -1 +0,0 @@\n-x\n'))).toEqual([]);
  });

  it('finds every added line of any text', () => {
    const line = fc.string().map((text) => text.replaceAll(/[\r\n]/g, ' '));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.array(line), (added, removed) => {
        const body = [...removed.map((text) => `-${text}`), ...added.map((text) => `+${text}`)].join('\n');
        const text = patch('b/f', `@@ -3,${removed.length} +7,${added.length} @@\n${body}\n`);
        expect(readAddedLines(text + patch('b/g', '@@ -0,0 +1 @@\n+z\n'))).toEqual([
          { path: 'f', lines: added.map((each, at) => ({ line: 7 + at, text: each })) },
          { path: 'g', lines: [{ line: 1, text: 'z' }] },
        ]);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(readAddedLines(`@@ -1,9 +1,9 @@\n${text}`)).toEqual([]);
      }),
    );
  });
});

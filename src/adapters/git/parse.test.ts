import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutToHunks, fileList } from './diff-text.ts';
import { parseChanges, parseCompared, parseConfig, parseMerge, parseTree, parseWorktrees } from './parse.ts';
import { quoteConfig } from './settings.ts';

const OID = '0123456789abcdef0123456789abcdef01234567';

describe('reading what git prints', () => {
  it('pairs raw records with their counts, renames and binary files included', () => {
    const output = [
      `:100644 100644 ${OID} ${OID} M`,
      'a b.txt',
      `:100644 100644 ${OID} ${OID} R087`,
      'old\nname',
      'new\tname',
      `:000000 100644 ${OID} ${OID} A`,
      'x.bin',
      '1\t2\ta b.txt',
      '3\t0\t',
      'old\nname',
      'new\tname',
      '-\t-\tx.bin',
      '',
    ].join('\0');
    expect(parseChanges(output)).toEqual({
      raw: [
        { status: 'modified', from: null, path: 'a b.txt' },
        { status: 'renamed', from: 'old\nname', path: 'new\tname' },
        { status: 'added', from: null, path: 'x.bin' },
      ],
      files: [
        { path: 'a b.txt', status: 'modified', added: 1, removed: 2 },
        { path: 'new\tname', status: 'renamed', added: 3, removed: 0 },
        { path: 'x.bin', status: 'added', added: null, removed: null },
      ],
    });
    expect(parseChanges('')).toEqual({ raw: [], files: [] });
  });

  it('tells both sides of each file that differs, and which of them is not there', () => {
    const none = '0'.repeat(40);
    const output = [
      `:100644 100755 ${OID} ${OID} M`,
      'run.sh',
      `:100644 100644 ${OID} ${OID} R100`,
      'old\nname',
      ':odd name',
      `:000000 120000 ${none} ${OID} A`,
      'link',
      `:160000 000000 ${OID} ${none} D`,
      'module',
      '',
    ].join('\0');
    expect(parseCompared(output)).toEqual([
      {
        status: 'modified',
        before: { path: 'run.sh', mode: '100644', oid: OID },
        after: { path: 'run.sh', mode: '100755', oid: OID },
      },
      {
        status: 'renamed',
        before: { path: 'old\nname', mode: '100644', oid: OID },
        after: { path: ':odd name', mode: '100644', oid: OID },
      },
      { status: 'added', before: null, after: { path: 'link', mode: '120000', oid: OID } },
      { status: 'deleted', before: { path: 'module', mode: '160000', oid: OID }, after: null },
    ]);
    expect(parseCompared('')).toEqual([]);
  });

  it('reads worktrees with their locks', () => {
    const output = `worktree /r\0HEAD ${OID}\0branch refs/heads/main\0\0worktree /w x\0HEAD ${OID}\0detached\0locked initializing\0\0worktree /y\0bare\0locked\0\0worktree /gone\0HEAD ${OID}\0branch refs/heads/x\0prunable gitdir file points to non-existent location\0\0`;
    expect(parseWorktrees(output)).toEqual([
      { path: '/r', branch: 'refs/heads/main', bare: false, locked: null, prunable: false },
      { path: '/w x', branch: null, bare: false, locked: 'initializing', prunable: false },
      { path: '/y', branch: null, bare: true, locked: '', prunable: false },
      { path: '/gone', branch: 'refs/heads/x', bare: false, locked: null, prunable: true },
    ]);
  });

  it('reads trees, configuration and merges', () => {
    expect(parseTree(`100644 blob ${OID}\ta\tb\0`)).toEqual([
      { mode: '100644', type: 'blob', oid: OID, path: 'a\tb' },
    ]);
    expect(parseConfig('a.b\nx\ny\0c.d\0')).toEqual([
      { key: 'a.b', value: 'x\ny' },
      { key: 'c.d', value: null },
    ]);
    expect(parseMerge(`${OID}\0a\0b\0a\0`)).toEqual({ tree: OID, conflicts: ['a', 'b'] });
    expect(parseMerge('')).toBeNull();
  });

  it('quotes values so that they cannot start a line of their own', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const quoted = quoteConfig(text.replaceAll('\0', ''));
        expect(quoted).not.toContain('\n');
        expect(quoted.replaceAll(/\\./g, '').slice(1, -1)).not.toContain('"');
      }),
    );
  });
});

describe('cutting a diff', () => {
  const hunk = (n: number, lines: number) =>
    `@@ -${n},1 +${n},${lines} @@\n${'+added @@ line\n'.repeat(lines)}`;
  const file = (name: string, ...hunks: string[]) =>
    `diff --git a/${name} b/${name}\n--- a/${name}\n+++ b/${name}\n${hunks.join('')}`;

  it('[X-33] keeps whole hunks only, and no header without one', () => {
    const first = file('a', hunk(1, 2), hunk(9, 3));
    const second = file('b', hunk(1, 200));
    const diff = Buffer.from(first + second);
    expect(cutToHunks(diff, diff.length)).toBe(first + second);
    expect(cutToHunks(diff, first.length + 60)).toBe(first);
    expect(cutToHunks(diff, first.length - 1)).toBe(file('a', hunk(1, 2)));
    expect(cutToHunks(diff, 40)).toBe('');
  });

  it('[X-33] is always a prefix that ends at the end of a hunk, within the limit', () => {
    const hunks = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(hunks, { minLength: 1, maxLength: 4 }), fc.nat(2000), (files, limit) => {
        const pieces = files.flatMap((sizes, at) => {
          const [head = '', ...rest] = sizes.map((size, n) => hunk(n + 1, size));
          return [file(`f${at}`, head), ...rest];
        });
        const cut = cutToHunks(Buffer.from(pieces.join('')), limit);
        expect(cut.length).toBeLessThanOrEqual(limit);
        const ends = ['', ...pieces.map((_, n) => pieces.slice(0, n + 1).join(''))];
        expect(ends).toContain(cut);
        // A hunk counts as whole once the line after it is in sight.
        const inSight = ends.findLast((end) => end.length + 'diff --git '.length <= limit) ?? '';
        expect(cut.length).toBeGreaterThanOrEqual(inSight.length);
      }),
    );
  });

  it('lists files with the command that shows the rest', () => {
    const listed = fileList([{ path: 'a', status: 'added', added: 3, removed: 0 }], OID, OID);
    expect(listed).toContain('+3 -0\tadded\ta');
    expect(listed).toContain('git diff 0123456789ab 0123456789ab');
  });
});

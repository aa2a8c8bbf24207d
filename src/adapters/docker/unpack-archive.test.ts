import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { Header } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { swapContent } from './swap-content.ts';
import { ArchiveRefused, unpackArchive } from './unpack-archive.ts';

type Entry = { readonly path: string } & (
  | { readonly text: string; readonly mode?: number }
  | { readonly type: 'Directory' | 'CharacterDevice' | 'FIFO'; readonly mode?: number }
  | { readonly type: 'SymbolicLink' | 'Link'; readonly linkpath: string }
);

function archive(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const body = 'text' in entry ? Buffer.from(entry.text) : Buffer.alloc(0);
    const header = new Header({
      mode: 0o644,
      type: 'File',
      ...entry,
      size: body.length,
      mtime: new Date(1_700_000_000_000),
    });
    header.encode();
    return [header.block ?? Buffer.alloc(0), body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

let folder: string;
const at = (...names: readonly string[]) => join(folder, ...names);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-unpack-'));
  mkdirSync(at('into'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function* inParts(bytes: Buffer, size: number) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}
const unpack = (
  entries: readonly Entry[],
  { limits = { bytes: 10_000, entries: 20 }, size = 700, left = '' } = {},
) =>
  unpackArchive(inParts(archive(entries), size), {
    into: at('into'),
    isLeftOut: (path) => path === left,
    limits,
    tooLarge: 'too large',
  });
const ROOT: Entry = { path: '0/', type: 'Directory' };
/** All that there is below the folder of the test. */
const all = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

describe('an archive of a stranger', () => {
  it('is written with its links as they are, and without rights beyond reading, writing and running', async () => {
    await unpack(
      [
        ROOT,
        { path: '0/a', text: 'x'.repeat(2000), mode: 0o6755 },
        { path: '0/b', type: 'Directory', mode: 0 },
        { path: '0/b/c', text: '', mode: 0 },
        { path: '0/twin', type: 'Link', linkpath: '0/a' },
        { path: '0/out', type: 'SymbolicLink', linkpath: '/etc/passwd' },
        { path: '0/up', type: 'SymbolicLink', linkpath: '../../..' },
        { path: '0/device', type: 'CharacterDevice' },
        { path: '0/pipe', type: 'FIFO' },
        { path: '0/left', text: 'out' },
      ],
      { left: 'left' },
    );
    expect(readdirSync(at('into')).sort()).toEqual(['a', 'b', 'out', 'twin', 'up']);
    expect(readFileSync(at('into', 'twin'), 'utf8')).toHaveLength(2000);
    expect([statSync(at('into', 'a')).mode & 0o7777, statSync(at('into', 'b')).mode & 0o777]).toEqual([
      0o755, 0o700,
    ]);
    expect([readlinkSync(at('into', 'out')), readlinkSync(at('into', 'up'))]).toEqual([
      '/etc/passwd',
      '../../..',
    ]);
    expect(statSync(at('into', 'a')).mtimeMs).toBe(1_700_000_000_000);
  });

  it.each<[string, readonly Entry[]]>([
    ['leads up', [{ path: '0/../../bad', text: 'bad' }]],
    ['leads up by a file’s second name', [{ path: '0/bad', type: 'Link', linkpath: '0/../../secret' }]],
    ['gives a file of the machine a second name', [{ path: '0/bad', type: 'Link', linkpath: '/secret' }]],
    [
      'goes through a link',
      [
        { path: '0/l', type: 'SymbolicLink', linkpath: '..' },
        { path: '0/l/bad', text: 'bad' },
      ],
    ],
    [
      'goes through a link that it calls a folder',
      [
        { path: '0/l', type: 'SymbolicLink', linkpath: '..' },
        { path: '0/l', type: 'Directory' },
        { path: '0/l/bad', text: 'bad' },
      ],
    ],
    [
      'writes over a link',
      [
        { path: '0/l', type: 'SymbolicLink', linkpath: '../bad' },
        { path: '0/l', text: 'bad' },
      ],
    ],
    [
      'links over a file',
      [
        { path: '0/f', text: '' },
        { path: '0/f', type: 'SymbolicLink', linkpath: '..' },
      ],
    ],
    ['has a path of the machine', [{ path: '/tmp/cfn-bad', text: 'bad' }]],
    [
      'has a file in a file',
      [
        { path: '0/f', text: '' },
        { path: '0/f/bad', text: '' },
      ],
    ],
  ])('is refused where it %s', async (_, entries) => {
    writeFileSync(at('secret'), 'secret');
    await expect(unpack([ROOT, ...entries])).rejects.toThrow(ArchiveRefused);
    expect(all().filter((name) => name.endsWith('bad'))).toEqual([]);
  });

  it('is refused where it is too large, or has too many entries', async () => {
    const file = (name: string): Entry => ({ path: `0/${name}`, text: 'four' });
    await expect(unpack([ROOT, file('a'), file('b')], { limits: { bytes: 7, entries: 9 } })).rejects.toThrow(
      'too large',
    );
    rmSync(at('into'), { recursive: true });
    mkdirSync(at('into'));
    await expect(unpack([ROOT, file('a'), file('b')], { limits: { bytes: 99, entries: 2 } })).rejects.toThrow(
      'too large',
    );
  });

  it('is no whole one where its end is missing', async () => {
    const cut = archive([ROOT, { path: '0/a', text: 'x'.repeat(600) }]).subarray(0, 1300);
    await expect(
      unpackArchive(inParts(cut, 512), {
        into: at('into'),
        isLeftOut: () => false,
        limits: { bytes: 9999, entries: 9 },
        tooLarge: '',
      }),
    ).rejects.toThrow('Truncated');
  });

  it('writes nothing outside, whatever it holds', async () => {
    const path = fc
      .array(fc.constantFrom('0', 'a', 'b', '..', '.', ''), { minLength: 1, maxLength: 4 })
      .map((names) => names.join('/'));
    const given: fc.Arbitrary<Entry> = fc.oneof(
      fc.record({ path, text: fc.constant('bad') }),
      fc.record({ path, type: fc.constant('Directory' as const) }),
      fc.record({
        path,
        type: fc.constantFrom('SymbolicLink' as const, 'Link' as const),
        linkpath: fc.oneof(path, fc.constant('/')),
      }),
    );
    const named = given.filter(
      (entry) => entry.path !== '' && (!('linkpath' in entry) || entry.linkpath !== ''),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(named, { maxLength: 6 }),
        fc.integer({ min: 1, max: 2000 }),
        async (entries, size) => {
          await unpack([ROOT, ...entries], { size }).catch(() => undefined);
          expect(readdirSync(folder)).toEqual(['into']);
          rmSync(at('into'), { recursive: true });
          mkdirSync(at('into'));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('swapContent', () => {
  const tree = (name: string, files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(at(name, path), '..'), { recursive: true });
      writeFileSync(at(name, path), text);
    }
  };
  it('takes over what is fresh, deletions included, and leaves what is kept', async () => {
    tree('here', { '.git': 'mine', gone: '', 'a/kept/file': 'mine', 'a/gone': '', both: 'old' });
    tree('fresh', { '.git': 'theirs', new: '', 'a/new': '', both: 'new', 'a/kept/theirs': '' });
    symlinkSync('/nowhere', at('fresh', 'link'));
    await swapContent(at('here'), { fresh: at('fresh'), old: at('old'), kept: ['.git', 'a/kept'] });
    expect(readdirSync(at('here'), { recursive: true, encoding: 'utf8' }).sort()).toEqual([
      '.git',
      'a',
      'a/kept',
      'a/kept/file',
      'a/new',
      'both',
      'link',
      'new',
    ]);
    expect(readFileSync(at('here', 'both'), 'utf8') + readFileSync(at('here', '.git'), 'utf8')).toBe(
      'newmine',
    );
  });

  it('goes through no link to what is kept', async () => {
    tree('here', { 'a/kept': 'mine' });
    tree('outside', { kept: 'theirs' });
    mkdirSync(at('fresh'));
    symlinkSync(at('outside'), at('fresh', 'a'));
    await swapContent(at('here'), { fresh: at('fresh'), old: at('old'), kept: ['a/kept'] });
    expect(readFileSync(at('outside', 'kept'), 'utf8')).toBe('theirs');
    expect(readFileSync(at('here', 'a', 'kept'), 'utf8')).toBe('mine');
  });
});

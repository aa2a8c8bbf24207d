import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { list } from 'tar';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ShippedFolder } from '../../domain/containers/shipping.ts';
import { packFolders } from './pack-folders.ts';

let folder: string;
const at = (...names: readonly string[]) => join(folder, ...names);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-pack-'));
  mkdirSync(at('tree', 'src'), { recursive: true });
  writeFileSync(at('tree', 'src', 'a.js'), 'a'.repeat(3000));
  writeFileSync(at('tree', '.git'), 'mine');
  symlinkSync('/etc', at('tree', 'link'));
  writeFileSync(at('pointer'), 'theirs');
});
afterEach(() => rmSync(folder, { recursive: true }));

const planned = (): readonly ShippedFolder[] => [
  {
    source: at('tree'),
    places: [{ target: '/tree', readonly: false }],
    files: new Map([['.git', at('pointer')]]),
    folders: ['mounted'],
  },
  {
    source: null,
    places: [{ target: '/attempt', readonly: true }],
    files: new Map([['prompt.md', at('pointer')]]),
    folders: ['out'],
  },
];
const packing = { at: '/cfn/folders', user: '1000:1001', limits: { bytes: 100_000, entries: 9 } };

it('packs folders into one archive, for their user, with what lies over them', async () => {
  const file = at('archive.tar');
  writeFileSync(file, gunzipSync(await buffer(packFolders(planned(), packing))));
  const found: Record<string, string> = {};
  await list({
    file,
    strict: true,
    onReadEntry: ({ path, type, uid, gid, size, linkpath }) =>
      (found[path] = `${type} ${uid}:${gid} ${linkpath ?? size}`),
  });
  expect(found).toEqual({
    'cfn/folders/0/': 'Directory 1000:1001 0',
    'cfn/folders/0/src/': 'Directory 1000:1001 0',
    'cfn/folders/0/src/a.js': 'File 1000:1001 3000',
    'cfn/folders/0/link': 'SymbolicLink 1000:1001 /etc',
    'cfn/folders/0/.git': 'File 1000:1001 6',
    'cfn/folders/0/mounted/': 'Directory 1000:1001 0',
    'cfn/folders/1/': 'Directory 1000:1001 0',
    'cfn/folders/1/prompt.md': 'File 1000:1001 6',
    'cfn/folders/1/out/': 'Directory 1000:1001 0',
  });
  expect(readFileSync(at('tree', '.git'), 'utf8')).toBe('mine');
});

it('says which folder is too large', async () => {
  const small = { ...packing, limits: { bytes: 2000, entries: 9 } };
  await expect(buffer(packFolders(planned(), small))).rejects.toThrow(`${at('tree')} holds more than`);
  const few = { ...packing, limits: { bytes: 99_999, entries: 2 } };
  await expect(buffer(packFolders(planned(), few))).rejects.toThrow('or 2 files');
});

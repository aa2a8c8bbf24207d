import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAttachments } from '../../src/adapters/attachments/attachments.ts';

let base: string;
const PNG = Buffer.from('89504e470d0a1a0a0000', 'hex');

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'cfn-attachments-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));
const attachments = () => createAttachments((taskId) => join(base, taskId));

it('keeps files with the loop as they were, and gives every attempt copies of its own', async () => {
  const [text, image] = [join(base, 'notes.md'), join(base, 'Screen shot')];
  await writeFile(text, '# Notes');
  await writeFile(image, PNG);
  const stored = await attachments().store('t1', [{ path: text }, { path: image }]);
  if (!stored.ok) throw new Error(stored.error);
  expect(stored.value).toMatchObject([
    { name: 'notes.md', file: '1-notes.md', bytes: 7, kind: 'text' },
    { name: 'Screen shot', file: '2-Screen-shot', bytes: 10, kind: 'image' },
  ]);
  await writeFile(text, 'changed');
  const first = join(base, 'attempt-1');
  expect((await attachments().copyTo('t1', stored.value, first)).ok).toBe(true);
  await writeFile(join(first, '1-notes.md'), 'an agent was here');
  const second = join(base, 'attempt-2');
  await attachments().copyTo('t1', stored.value, second);
  expect(await readFile(join(second, '1-notes.md'), 'utf8')).toBe('# Notes');
  expect((await readdir(second)).sort()).toEqual(['1-notes.md', '2-Screen-shot']);
});

it('says when a kept file is gone or altered, and gives it to nobody', async () => {
  const file = join(base, 'a.txt');
  await writeFile(file, 'a');
  const stored = await attachments().store('t2', [{ path: file, name: 'A note' }]);
  if (!stored.ok) throw new Error(stored.error);
  const kept = join(base, 't2', 'attachments', '1-A-note');
  await chmod(kept, 0o600);
  await writeFile(kept, 'b');
  const copy = () => attachments().copyTo('t2', stored.value, join(base, 'attempt-3'));
  expect(await copy()).toEqual({
    ok: false,
    error: 'The attachment "A note" was changed in the loop\'s folder.',
  });
  await rm(kept);
  expect(await copy()).toEqual({
    ok: false,
    error: 'The attachment "A note" is gone from the loop\'s folder.',
  });
  expect(await readdir(join(base, 'attempt-3'))).toEqual([]);
});

it('hands stored files on to another loop under their names', async () => {
  const file = join(base, 'b.txt');
  await writeFile(file, 'b');
  const stored = await attachments().store('t3', [{ path: file }]);
  if (!stored.ok) throw new Error(stored.error);
  await rm(file);
  const sources = attachments().sourcesOf('t3', stored.value);
  expect(await attachments().store('t4', sources)).toEqual(stored);
  // Once more over what is there, as after a start that was killed.
  expect(await attachments().store('t4', sources)).toEqual(stored);
  expect(await readFile(join(base, 't4', 'attachments', '1-b.txt'), 'utf8')).toBe('b');
});

it('refuses folders, missing, large and too many files in one sentence, and makes nothing', async () => {
  const file = async (name: string, bytes: number) => {
    await writeFile(join(base, name), Buffer.alloc(bytes));
    return join(base, name);
  };
  const [large, third] = [await file('large', 10_000_001), await file('third', 9_000_000)];
  const look = async (...paths: readonly string[]) => {
    const looked = await attachments().store(
      't5',
      paths.map((path) => ({ path })),
    );
    return looked.ok ? 'ok' : looked.error;
  };
  const takes = 'it takes a file of at most 10 MB.';
  expect(await look(base)).toBe(`The attachment ${JSON.stringify(base)} is a folder; ${takes}`);
  expect(await look(join(base, 'none'))).toBe(
    `The attachment ${JSON.stringify(join(base, 'none'))} is not there; ${takes}`,
  );
  expect(await look(large)).toBe(`The attachment ${JSON.stringify(large)} has 10.0 MB; ${takes}`);
  expect(await look(third, third, third)).toBe(
    'The attached files are 27.0 MB and more; a loop takes at most 25 MB.',
  );
  expect(await look(...Array.from({ length: 11 }, () => third))).toBe(
    '11 files are attached; a loop takes at most 10, so leave some out.',
  );
  expect(await readdir(base)).not.toContain('t5');
});

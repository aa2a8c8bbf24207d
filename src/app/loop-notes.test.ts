import { expect, it } from 'vitest';
import { createLoopNotes } from './loop-notes.ts';

function disk() {
  const kept = new Map<string, unknown>();
  return {
    kept,
    read: (taskId: string, name: string) => Promise.resolve(kept.get(`${taskId}/${name}`) ?? null),
    write: (taskId: string, name: string, value: unknown) =>
      Promise.resolve(void kept.set(`${taskId}/${name}`, value)),
  };
}

it('keeps a title and the archive beside each other, also for the next process', async () => {
  const files = disk();
  const notes = createLoopNotes(files);
  expect(await notes.read('t')).toEqual({ title: null, archived: false, home: null });
  await notes.change('t', { title: 'Mine' });
  await createLoopNotes(files).change('t', { archived: true });
  expect(notes.known('T')).toEqual({ title: 'Mine', archived: false, home: null });
  expect(await notes.read('t')).toEqual({ title: 'Mine', archived: true, home: null });
  expect(notes.known('T')).toEqual({ title: 'Mine', archived: true, home: null });
});

it('takes what it cannot read for no note', async () => {
  const files = disk();
  for (const broken of [null, 'x', { version: 2, title: 'a', archived: true }, { version: 1, title: 7 }]) {
    files.kept.set('t/note', broken);
    expect(await createLoopNotes(files).read('t')).toEqual({ title: null, archived: false, home: null });
  }
});

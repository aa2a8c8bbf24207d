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

const NOTHING = { title: null, archived: false, home: null, removedWorktrees: [] };

it('keeps a title and the archive beside each other, also for the next process', async () => {
  const files = disk();
  const notes = createLoopNotes(files);
  expect(await notes.read('t')).toEqual(NOTHING);
  await notes.change('t', { title: 'Mine' });
  await createLoopNotes(files).change('t', { archived: true });
  expect(notes.known('T')).toEqual({ ...NOTHING, title: 'Mine' });
  expect(await notes.read('t')).toEqual({ ...NOTHING, title: 'Mine', archived: true });
  expect(notes.known('T')).toEqual({ ...NOTHING, title: 'Mine', archived: true });
});

it('takes what it cannot read for no note', async () => {
  const files = disk();
  for (const broken of [null, 'x', { version: 2, title: 'a', archived: true }, { version: 1, title: 7 }]) {
    files.kept.set('t/note', broken);
    expect(await createLoopNotes(files).read('t')).toEqual(NOTHING);
  }
});

it('keeps which worktrees were removed, and reads notes that were written before there were any', async () => {
  const files = disk();
  files.kept.set('t/note', { version: 1, title: 'Mine', archived: false });
  const notes = createLoopNotes(files);
  expect(await notes.read('t')).toEqual({ ...NOTHING, title: 'Mine' });
  const removed = { agentId: 'backend-1', path: '/w/1', commit: 'c1', ref: null, at: 5 };
  await notes.change('t', { removedWorktrees: [removed] });
  expect(await createLoopNotes(files).read('t')).toEqual({
    ...NOTHING,
    title: 'Mine',
    removedWorktrees: [removed],
  });
});

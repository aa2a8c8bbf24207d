import type * as vscode from 'vscode';

const KEY = 'loopsOfThisWindow';

/** Ids of the loops that this window runs, so that it takes them up again after a reload. */
export interface HeldLoops {
  list(): readonly string[];
  add(taskId: string): void;
  remove(taskId: string): void;
}

export function createHeldLoops(memory: vscode.Memento): HeldLoops {
  const list = () => memory.get<readonly string[]>(KEY, []);
  return {
    list,
    add: (taskId) => {
      if (!list().includes(taskId)) void memory.update(KEY, [...list(), taskId]);
    },
    remove: (taskId) => {
      if (!list().includes(taskId)) return;
      void memory.update(
        KEY,
        list().filter((each) => each !== taskId),
      );
    },
  };
}

import type { Disposable } from '../base/emitter.ts';

/** Who looks at which loop. */
export function createObservers() {
  const looking = new Map<string, number>();
  const count = (key: string, change: number) => looking.set(key, (looking.get(key) ?? 0) + change);
  return {
    isObserved: (taskId: string): boolean => (looking.get(taskId.toLowerCase()) ?? 0) > 0,
    observe: (taskId: string): Disposable => {
      const key = taskId.toLowerCase();
      count(key, 1);
      let over = false;
      return {
        dispose() {
          if (!over) count(key, -1);
          over = true;
        },
      };
    },
  };
}

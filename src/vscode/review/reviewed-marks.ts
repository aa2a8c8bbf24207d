import type * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { ComparedFile } from '../../ports/worktrees.ts';
import { Emitter, type Listen } from '../../base/emitter.ts';
import { pathOf } from './file-words.ts';

/** `changed`: it was reviewed, and is another one since. */
export type Reviewed = 'open' | 'reviewed' | 'changed';

/** Which files a person has reviewed, of each loop, by what they held then: a later change clears the mark by itself. */
export interface ReviewedMarks {
  stateOf(taskId: string, file: ComparedFile): Reviewed;
  mark(taskId: string, files: readonly ComparedFile[], reviewed: boolean): void;
  readonly onChange: Listen<void>;
  dispose(): void;
}

/** Pairs, since a path may be `__proto__`. */
const marksSchema = z.array(z.tuple([z.string(), z.string()]));
const keyOf = (taskId: string): string => `review.marks.${taskId}`;
/** Sixteen hex digits tell the contents of one path apart; a mode counts as content. */
const contentOf = ({ after }: ComparedFile): string =>
  after ? `${after.oid.slice(0, 16)} ${after.mode}` : 'deleted';

/** Kept over reloads in what the window remembers of its folder. */
export function createReviewedMarks(memory: vscode.Memento): ReviewedMarks {
  const changed = new Emitter<void>();
  const known = new Map<string, Map<string, string>>();
  const marksOf = (taskId: string): Map<string, string> => {
    const there = known.get(taskId);
    if (there) return there;
    const kept = marksSchema.safeParse(memory.get(keyOf(taskId)));
    const marks = new Map(kept.success ? kept.data : []);
    known.set(taskId, marks);
    return marks;
  };
  return {
    stateOf: (taskId, file) => {
      const mark = marksOf(taskId).get(pathOf(file));
      if (mark === undefined) return 'open';
      return mark === contentOf(file) ? 'reviewed' : 'changed';
    },
    mark: (taskId, files, reviewed) => {
      const marks = marksOf(taskId);
      for (const file of files) {
        if (reviewed) marks.set(pathOf(file), contentOf(file));
        else marks.delete(pathOf(file));
      }
      void memory.update(keyOf(taskId), marks.size === 0 ? undefined : [...marks]);
      changed.fire();
    },
    onChange: changed.event,
    dispose: () => changed.dispose(),
  };
}

import * as z from 'zod';
import { WAYS } from '../domain/home/ways.ts';
import type { Commit } from '../domain/loop/model.ts';
import type { Integration } from '../ports/home-git.ts';
import type { LoopFiles } from '../ports/loop-files.ts';

/** What was last done with a loop's result, and stands. */
export interface HomeNote {
  /** Names the step that can be undone. */
  readonly id: string;
  readonly way: Integration['way'];
  /** The branch that has the result now; null: the working tree alone. */
  readonly branch: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** An agent's worktree that a person removed, and that was not made again. */
export interface RemovedWorktree {
  readonly agentId: string;
  /** Absolute, where it was. */
  readonly path: string;
  /** Has what lay in it, ignored files left out. */
  readonly commit: Commit;
  /** The ref that was made for that; null where other refs of the loop held it. */
  readonly ref: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What a person noted about a loop; no event of it, so it can be noted long after the end. */
export interface LoopNote {
  /** Null: the loop goes by its task. */
  readonly title: string | null;
  readonly archived: boolean;
  /** Null: its result was not brought home, or that was undone. */
  readonly home: HomeNote | null;
  readonly removedWorktrees: readonly RemovedWorktree[];
}

const NAME = 'note';
const NOTHING: LoopNote = { title: null, archived: false, home: null, removedWorktrees: [] };
const schema = z.object({
  version: z.literal(1),
  title: z.string().nullable(),
  archived: z.boolean(),
  // Notes of earlier versions have none.
  home: z
    .object({
      id: z.string(),
      way: z.enum([...WAYS, 'push', 'discard']),
      branch: z.string().nullable(),
      at: z.number(),
    })
    .nullable()
    .default(null),
  removedWorktrees: z
    .array(
      z.object({
        agentId: z.string(),
        path: z.string(),
        commit: z.string(),
        ref: z.string().nullable(),
        at: z.number(),
      }),
    )
    .default([]),
});

export interface LoopNotes {
  /** As it was when it was last read or changed here. */
  known(taskId: string): LoopNote;
  read(taskId: string): Promise<LoopNote>;
  /** Rejects where the disk refuses. */
  change(taskId: string, change: Partial<LoopNote>): Promise<LoopNote>;
}

/** One small file beside each journal that has a note. */
export function createLoopNotes(files: Pick<LoopFiles, 'read' | 'write'>): LoopNotes {
  const last = new Map<string, LoopNote>();
  const keep = (taskId: string, note: LoopNote): LoopNote => {
    last.set(taskId.toLowerCase(), note);
    return note;
  };
  const read = async (taskId: string): Promise<LoopNote> => {
    const found = schema.safeParse(await files.read(taskId, NAME));
    if (!found.success) return keep(taskId, NOTHING);
    const { version: _, ...note } = found.data;
    return keep(taskId, note);
  };
  return {
    known: (taskId) => last.get(taskId.toLowerCase()) ?? NOTHING,
    read,
    change: async (taskId, change) => {
      const note = { ...(await read(taskId)), ...change };
      await files.write(taskId, NAME, { version: 1, ...note });
      return keep(taskId, note);
    },
  };
}

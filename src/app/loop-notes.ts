import * as z from 'zod';
import type { LoopFiles } from '../ports/loop-files.ts';

/** What a person noted about a loop; no event of it, so it can be noted long after the end. */
export interface LoopNote {
  /** Null: the loop goes by its task. */
  readonly title: string | null;
  readonly archived: boolean;
}

const NAME = 'note';
const NOTHING: LoopNote = { title: null, archived: false };
const schema = z.object({ version: z.literal(1), title: z.string().nullable(), archived: z.boolean() });

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
    const { title, archived } = found.data;
    return keep(taskId, { title, archived });
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

import * as z from 'zod/mini';

const schema = z.object({
  taskId: z.nullable(z.string()),
  /** What a person opened and folded, while the loop is where it was then. */
  folds: z.object({ at: z.string(), open: z.record(z.string(), z.boolean()) }),
  /** What was typed and not sent, by its place. */
  drafts: z.record(z.string(), z.string()),
  scroll: z.number(),
  point: z.nullable(z.number()),
});
export type Remembered = z.infer<typeof schema>;

const NOTHING: Remembered = {
  taskId: null,
  folds: { at: '', open: {} },
  drafts: {},
  scroll: 0,
  point: null,
};

export interface Memory {
  readonly now: Remembered;
  set(change: Partial<Remembered>): void;
  /** Drafts and choices belong to the loop that they were made in. */
  begin(taskId: string | null): void;
  draft(place: string, text: string): void;
}

/** What the tab keeps while it is hidden or the window is loaded again; anything else that is found there is left. */
export function createMemory(found: unknown, keep: (state: Remembered) => void): Memory {
  const kept = schema.safeParse(found);
  let now = kept.success ? kept.data : NOTHING;
  const set = (change: Partial<Remembered>): void => {
    now = { ...now, ...change };
    keep(now);
  };
  return {
    get now() {
      return now;
    },
    set,
    begin: (taskId) => {
      if (now.taskId !== taskId) set({ ...NOTHING, taskId });
    },
    draft: (place, text) => {
      const { [place]: _, ...others } = now.drafts;
      set({ drafts: text === '' ? others : { ...others, [place]: text } });
    },
  };
}

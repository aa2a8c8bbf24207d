import type * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { ReviewChoices } from '../../app/review/review-choices.ts';
import { Emitter, type Listen } from '../../base/emitter.ts';
import type { HunkChoice } from '../../domain/review/choices.ts';
import { act, begin, redo, undo, type History } from '../../domain/review/history.ts';

const ranges = z.array(z.tuple([z.int(), z.int()]));
const keptSchema = z.array(
  z.object({
    taskId: z.string(),
    base: z.string(),
    commit: z.string(),
    choices: z.array(
      z.object({
        path: z.string(),
        hunk: z.string(),
        accepted: ranges,
        rejected: ranges,
        reason: z.string(),
      }),
    ),
  }),
);

/** The two commits that choices are about: always of combined work against what it is compared with. */
export interface ChoicePlace {
  readonly taskId: string;
  readonly base: string;
  readonly commit: string;
}

export interface ChoiceStore {
  of(place: ChoicePlace): readonly HunkChoice[];
  /** All that was chosen about a commit, whatever it was compared with. */
  about(taskId: string, commit: string): readonly ReviewChoices[];
  /** Commits of a loop that something was chosen about. */
  commits(taskId: string): readonly string[];
  /** How many hunks of a loop something was chosen about. */
  count(taskId: string): number;
  set(place: ChoicePlace, choices: readonly HunkChoice[]): void;
  /** False when there is nothing to take back, or to do again. */
  undo(place: ChoicePlace): boolean;
  redo(place: ChoicePlace): boolean;
  /** After they were sent. */
  clear(taskId: string, commit: string): void;
  readonly onChange: Listen<void>;
}

const KEPT = 'review.hunkChoices';
/** Reviews of older commits than these are forgotten. */
const KEPT_PLACES = 50;

/** Choices of hunks as they are being made; kept over reloads, each step but the newest state in this window alone. */
export function createChoiceStore(memory: vscode.Memento): ChoiceStore {
  const changed = new Emitter<void>();
  const read = keptSchema.safeParse(memory.get(KEPT));
  const places = new Map<string, { place: ChoicePlace; history: History<readonly HunkChoice[]> }>();
  const keyOf = ({ taskId, base, commit }: ChoicePlace): string => JSON.stringify([taskId, base, commit]);
  for (const { choices, ...place } of read.success ? read.data : [])
    places.set(keyOf(place), { place, history: begin(choices) });

  function keep(place: ChoicePlace, history: History<readonly HunkChoice[]> | null): boolean {
    if (history === null) return false;
    const key = keyOf(place);
    places.delete(key);
    places.set(key, { place, history });
    save();
    return true;
  }
  function save(): void {
    const kept = [...places.values()].flatMap(({ place, history }) =>
      history.present.length === 0 ? [] : [{ ...place, choices: history.present }],
    );
    void memory.update(KEPT, kept.slice(-KEPT_PLACES));
    changed.fire();
  }
  const historyOf = (place: ChoicePlace) => places.get(keyOf(place))?.history ?? begin([]);
  return {
    of: (place) => historyOf(place).present,
    about: (taskId, commit) =>
      [...places.values()].flatMap(({ place, history }) =>
        place.taskId === taskId && place.commit === commit && history.present.length > 0
          ? [{ base: place.base, commit, choices: history.present }]
          : [],
      ),
    commits: (taskId) => [
      ...new Set(
        [...places.values()].flatMap(({ place, history }) =>
          place.taskId === taskId && history.present.length > 0 ? [place.commit] : [],
        ),
      ),
    ],
    count: (taskId) =>
      [...places.values()].reduce(
        (sum, { place, history }) => sum + (place.taskId === taskId ? history.present.length : 0),
        0,
      ),
    set: (place, choices) => void keep(place, act(historyOf(place), choices)),
    undo: (place) => keep(place, undo(historyOf(place))),
    redo: (place) => keep(place, redo(historyOf(place))),
    clear: (taskId, commit) => {
      for (const [key, { place }] of places)
        if (place.taskId === taskId && place.commit === commit) places.delete(key);
      save();
    },
    onChange: changed.event,
  };
}

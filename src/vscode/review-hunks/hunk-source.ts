import type { LoopError } from '../../app/loop-service.ts';
import type { LoopReview, Revision } from '../../app/review/loop-review.ts';
import { ok, type Result } from '../../base/result.ts';
import type { FileHunks } from '../../domain/review/hunks.ts';
import type { Front } from '../front.ts';
import type { ChoicePlace } from './choice-store.ts';
import type { ComparedFileSide } from './comparison.ts';

/** A file's hunks as they are shown, and where choices about them are kept. */
export interface ShownHunks {
  readonly file: FileHunks;
  /** Null: the commit is no combined work, and came into none. */
  readonly place: ChoicePlace | null;
  /** Hunks that are in the combined work too; only these can be chosen. */
  readonly choosable: ReadonlySet<string>;
  readonly iteration: number;
}

export interface HunkSource {
  /** Null: the file does not differ, or cannot be read; the person is not told. */
  read(compared: ComparedFileSide): Promise<ShownHunks | null>;
  review(): Promise<Result<LoopReview | null, LoopError>>;
  /** The iteration whose combined work the commit is; null where it is something else. */
  iterationOf(taskId: string, commit: string): Promise<number | null>;
}

const keyOf = (...parts: readonly string[]): string => JSON.stringify(parts);

/** As many as a person goes back and forth between. */
const KEPT_FILES = 200;

export function createHunkSource({ loops }: Pick<Front, 'loops'>): HunkSource {
  const files = new Map<string, Promise<ShownHunks | null>>();
  const review = async (): Promise<Result<LoopReview | null, LoopError>> => {
    const service = await loops.service();
    return service.ok ? ok(service.value.review ?? null) : service;
  };
  const revisionsOf = async (taskId: string): Promise<readonly Revision[]> => {
    const opened = await review();
    const revisions = opened.ok ? await opened.value?.revisions(taskId) : undefined;
    return revisions?.ok ? revisions.value : [];
  };
  /** What a commit combines stays so, and asking reads the loop's whole journal. */
  const combinedBy = new Map<string, number>();
  const combinedIn = (revisions: readonly Revision[], commit: string) => {
    const found = revisions.find(
      (each) => (each.kind === 'integrated' || each.kind === 'result') && each.commit === commit,
    );
    return found && 'iteration' in found ? found : null;
  };

  /** What an agent made is chosen in the work that it was combined into. */
  async function load({ taskId, from, to, path }: ComparedFileSide): Promise<ShownHunks | null> {
    const opened = await review();
    if (!opened.ok || !opened.value) return null;
    const known = combinedBy.get(keyOf(taskId, to));
    const [read, revisions] = await Promise.all([
      opened.value.hunks(from, to, path),
      known === undefined ? revisionsOf(taskId) : [],
    ]);
    if (!read.ok || !read.value) return null;
    const file = read.value;
    const ids = (each: FileHunks | null) => new Set(each?.hunks.map(({ id }) => id));
    const iteration = known ?? combinedIn(revisions, to)?.iteration;
    if (iteration !== undefined) {
      combinedBy.set(keyOf(taskId, to), iteration);
      return { file, place: { taskId, base: from, commit: to }, choosable: ids(file), iteration };
    }
    const attempt = revisions.find((each) => each.kind === 'attempt' && each.commit === to);
    const combined = revisions.find(
      (each) =>
        each.kind === 'integrated' && attempt?.kind === 'attempt' && each.iteration === attempt.iteration,
    );
    if (combined?.kind !== 'integrated') return { file, place: null, choosable: new Set(), iteration: 0 };
    const there = await opened.value.hunks(combined.start, combined.commit, path);
    const place = { taskId, base: combined.start, commit: combined.commit };
    return {
      file,
      place,
      choosable: ids(there.ok ? there.value : null),
      iteration: combined.iteration,
    };
  }

  return {
    review,
    read: (compared) => {
      const { taskId, from, to, path } = compared;
      const key = keyOf(taskId, from, to, path);
      const loading = files.get(key) ?? load(compared);
      files.delete(key);
      files.set(key, loading);
      for (const old of [...files.keys()].slice(0, -KEPT_FILES)) files.delete(old);
      // What could not be read, or stands in no combined work yet, may be there the next time.
      void loading.then((shown) => (shown?.place ? undefined : files.delete(key)));
      return loading;
    },
    iterationOf: async (taskId, commit) => combinedIn(await revisionsOf(taskId), commit)?.iteration ?? null,
  };
}

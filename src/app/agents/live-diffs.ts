import type { Clock } from '../../base/clock.ts';
import type { LoopState, RunningAttempt } from '../../domain/loop/state.ts';
import { ownersInstead, type Area } from '../../domain/review/boundaries.ts';
import type { TaskGit, WorkingChange } from '../../ports/worktrees.ts';
import type { LiveDiff } from '../projections/agent-signals.ts';
import { areasOf } from './areas.ts';
import { runningSlots } from './running-slots.ts';

export interface LiveDiffs {
  of(folder: string): LiveDiff | null;
  follow(state: LoopState): void;
}

export interface LiveDiffsDeps {
  readonly clock: Clock;
  readonly task: Pick<TaskGit, 'workingChanges'>;
  /** Somebody looks at the loop. */
  readonly observed: () => boolean;
  readonly onChange: () => void;
  readonly signal: AbortSignal;
}

/** Between two rounds through the worktrees; a round that takes long is followed by a longer rest. */
const ROUND_MS = 5_000;
const REST_PER_WORK = 10;

interface Working {
  readonly agentId: string;
  readonly attempt: RunningAttempt;
  readonly start: string;
}

/** What working implementers have changed so far. Costs git in each worktree, so it is done only while somebody looks. */
export function createLiveDiffs({ clock, task, observed, onChange, signal }: LiveDiffsDeps): LiveDiffs {
  const known = new Map<string, LiveDiff>();
  let working: readonly Working[] = [];
  let areas: readonly Area[] = [];
  let meet = false;
  let going = false;

  /** Files that others change, too: what they have in common is looked at line by line from the next round on. */
  const ofOthers = (own: string): ReadonlySet<string> =>
    new Set(
      Array.from(known).flatMap(([folder, { files }]) =>
        meet && folder !== own ? files.map(({ path }) => path) : [],
      ),
    );
  const look = async ({ agentId, attempt, start }: Working): Promise<void> => {
    const linesOf = ofOthers(attempt.folder);
    const changes = await task.workingChanges({ agentId, start, linesOf });
    // One that failed says nothing: an agent may be rewriting the very files.
    if (!changes.ok) return;
    const diff = liveDiff(changes.value, (path) => ownersInstead(areas, { agentId, path }), clock.now());
    const before = known.get(attempt.folder);
    known.set(attempt.folder, diff);
    if (JSON.stringify(before?.files) !== JSON.stringify(diff.files)) onChange();
  };
  const round = async (): Promise<void> => {
    for (const each of working) {
      if (signal.aborted || !observed()) return;
      await look(each);
    }
  };
  const goOn = async (): Promise<void> => {
    if (going) return;
    going = true;
    while (working.length > 0 && !signal.aborted) {
      const began = clock.now();
      await round();
      const rest = Math.max(ROUND_MS, REST_PER_WORK * (clock.now() - began));
      await clock.sleep(rest, signal).catch(() => undefined);
    }
    going = false;
  };

  return {
    of: (folder) => known.get(folder) ?? null,
    follow(state) {
      const start = state.current?.start;
      areas = areasOf(state.config);
      // In a race everybody changes the same files, and the work of one alone goes on.
      meet = state.config.strategy === 'split';
      working = runningSlots(state)
        .filter(({ slot }) => slot.role === 'implementer')
        .flatMap(({ slot, attempt }) =>
          start === undefined ? [] : [{ agentId: slot.agentId, attempt, start }],
        );
      const folders = new Set(working.map(({ attempt }) => attempt.folder));
      for (const folder of known.keys()) if (!folders.has(folder)) known.delete(folder);
      void goOn();
    },
  };
}

function liveDiff(
  changes: readonly WorkingChange[],
  ownersOf: (path: string) => readonly string[] | null,
  at: number,
): LiveDiff {
  const files = changes.map(({ path, added, removed, ranges }): LiveDiff['files'][number] => {
    const ownedBy = ownersOf(path);
    return {
      path,
      added,
      removed,
      ...(ranges === undefined ? {} : { ranges }),
      ...(ownedBy === null ? {} : { ownedBy }),
    };
  });
  const sum = (key: 'added' | 'removed') => files.reduce((total, file) => total + (file[key] ?? 0), 0);
  return { at, files, added: sum('added'), removed: sum('removed') };
}

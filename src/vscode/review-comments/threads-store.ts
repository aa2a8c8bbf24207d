import type { LoopView } from '../../app/projections/loop-view.ts';
import { Emitter, type Listen } from '../../base/emitter.ts';
import type { Thread } from '../../domain/review/thread.ts';
import type { Loops } from '../loops.ts';

/** The threads of loops that somebody looks at, kept fresh. */
export interface ThreadStore {
  /** As far as they are read; reads them, and again whenever their loop goes on. */
  of(taskId: string): readonly Thread[];
  /** Resolves once they are read again. */
  refresh(taskId: string): Promise<void>;
  readonly onChange: Listen<void>;
  dispose(): void;
}

interface Known {
  seen: string;
  threads: readonly Thread[];
}

/** What may change threads, also where another window or command line sends a review. */
const standing = (view: LoopView | null): string =>
  JSON.stringify([view?.iteration, view?.step, view?.commit, view?.consensus?.iteration, view?.nextFeedback]);

export function createThreadStore(loops: Loops): ThreadStore {
  const known = new Map<string, Known>();
  const changed = new Emitter<void>();
  async function refresh(taskId: string): Promise<void> {
    const one = known.get(taskId) ?? { seen: '', threads: [] };
    known.set(taskId, one);
    one.seen = standing(loops.view(taskId));
    const service = await loops.service();
    const threads = service.ok ? await service.value.threads(taskId) : null;
    // A loop that can not be read has its own message; what was read before stays.
    if (!threads?.ok) return;
    one.threads = threads.value;
    changed.fire();
  }
  const listening = loops.onChange(() => {
    for (const [taskId, { seen }] of known) {
      if (seen !== standing(loops.view(taskId))) void refresh(taskId);
    }
  });
  return {
    of: (taskId) => {
      if (!known.has(taskId)) void refresh(taskId);
      return known.get(taskId)?.threads ?? [];
    },
    refresh,
    onChange: changed.event,
    dispose: () => {
      listening.dispose();
      changed.dispose();
    },
  };
}

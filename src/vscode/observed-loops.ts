import type { Disposable } from '../base/emitter.ts';
import type { Loops } from './loops.ts';
import { isActive } from './words.ts';

/**
 * What agents have changed so far is kept fresh in loops that run, while somebody can see it. `shown` tells the ids of
 * the loops in sight, or `'all'`; `onShown` that it may tell others than before.
 */
export function observeShown(
  loops: Loops,
  shown: () => 'all' | readonly string[],
  onShown: (listener: () => void) => Disposable,
): Disposable {
  const observed = new Map<string, Disposable>();
  const wantedNow = (): ReadonlySet<string> => {
    const inSight = shown();
    const running = loops.views().filter(isActive);
    return new Set(
      running.map(({ taskId }) => taskId).filter((id) => inSight === 'all' || inSight.includes(id)),
    );
  };
  let isOver = false;
  const sync = async (): Promise<void> => {
    const wanted = wantedNow();
    for (const [taskId, observing] of observed) {
      if (wanted.has(taskId)) continue;
      observing.dispose();
      observed.delete(taskId);
    }
    const missing = Array.from(wanted).filter((taskId) => !observed.has(taskId));
    if (missing.length === 0 || loops.state !== 'ready') return;
    const service = await loops.service();
    // It took a moment, and what is in sight may be something else by now.
    const still = wantedNow();
    if (!service.ok || isOver) return;
    for (const taskId of missing) {
      if (still.has(taskId) && !observed.has(taskId)) observed.set(taskId, service.value.observe(taskId));
    }
  };
  const listening = [loops.onChange(() => void sync()), onShown(() => void sync())];
  void sync();
  return {
    dispose() {
      isOver = true;
      for (const each of [...listening, ...observed.values()]) each.dispose();
    },
  };
}

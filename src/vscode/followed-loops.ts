import type { LoopHandle, LoopService } from '../app/loop-service.ts';
import type { LoopView } from '../app/projections/loop-view.ts';
import { isActive } from './words.ts';

export interface FollowedLoops {
  /** Begins to read along with those that other windows and command lines run. */
  look(service: LoopService, views: readonly LoopView[]): Promise<void>;
  /** Another window or command line runs it. */
  has(taskId: string): boolean;
  dispose(): void;
}

/**
 * Loops of other processes, shown live and read-only. `onAbandoned` is told of one whose process let go of it or
 * died before its end; nothing is taken up without a person's word.
 */
export function createFollowedLoops(onAbandoned: (handle: LoopHandle) => void): FollowedLoops {
  const followed = new Set<string>();
  const controller = new AbortController();

  async function follow(service: LoopService, taskId: string): Promise<void> {
    if (followed.has(taskId)) return;
    followed.add(taskId);
    const found = await service.follow(taskId);
    if (!found.ok || found.value === null) {
      followed.delete(taskId);
      return;
    }
    const handle = found.value;
    void handle.ended({ keepWaiting: true, signal: controller.signal }).then((end) => {
      followed.delete(taskId);
      if (end.kind === 'detached' && !controller.signal.aborted) onAbandoned(handle);
    });
  }

  return {
    look: async (service, views) => {
      await Promise.all(views.filter(isActive).map(({ taskId }) => follow(service, taskId)));
    },
    has: (taskId) => followed.has(taskId),
    dispose: () => controller.abort(),
  };
}

import type { LoopService } from '../app/loop-service.ts';
import type { Survival } from '../app/recovery/survival.ts';
import { Emitter, type Listen } from '../base/emitter.ts';

type StoreHealth = Parameters<Parameters<NonNullable<LoopService['onStoreHealth']>>[0]>[0];

export interface StoreLost {
  /** Epoch milliseconds. */
  readonly since: number;
  /** `embedded`, or the address of the user's own Redis without credentials. */
  readonly behind: string;
  readonly problem: string;
}

/** What a person has to know of a window besides its loops. */
export interface Surroundings {
  /** Null while the coordination store serves, and before it was heard of. */
  readonly storeLost: StoreLost | null;
  /** What was found when this window took the loop up again; null where nothing had to be. */
  survival(taskId: string): Survival | null;
  readonly onChange: Listen<void>;
}

export function createSurroundings(now: () => number = Date.now) {
  const changed = new Emitter<void>();
  const survivals = new Map<string, Survival>();
  let storeLost: StoreLost | null = null;
  const surroundings: Surroundings = {
    get storeLost() {
      return storeLost;
    },
    survival: (taskId) => survivals.get(taskId) ?? null,
    onChange: changed.event,
  };
  return {
    surroundings,
    heard: ({ serving, behind, problem }: StoreHealth): void => {
      storeLost = serving ? null : { since: storeLost?.since ?? now(), behind, problem };
      changed.fire();
    },
    survived: (found: readonly Survival[]): void => {
      for (const each of found) survivals.set(each.taskId, each);
      changed.fire();
    },
    dispose: () => changed.dispose(),
  };
}

import { ok, type Result } from '../../base/result.ts';
import { iterationNumber } from '../../domain/loop/state.ts';
import { threadsOf } from '../../domain/review/thread.ts';
import type { LoopServiceDeps } from '../create-loop-service.ts';
import type { Steering } from '../forwarding.ts';
import type { LiveLoops } from '../live-loops.ts';
import { fail } from '../loop-error.ts';
import type { LoopError, LoopService } from '../loop-service.ts';
import { readLoop } from '../stored-loop.ts';

interface ReviewDeps {
  readonly deps: LoopServiceDeps;
  readonly live: LiveLoops;
  readonly steerOnly: (taskId: string, command: Steering) => Promise<Result<void, LoopError>>;
}

export type ReviewSteps = Pick<LoopService, 'sendReview' | 'threads'>;

export function createReviewSteps({ deps, live, steerOnly }: ReviewDeps): ReviewSteps {
  const stateOf = async (taskId: string) => {
    const mine = live.get(taskId);
    if (mine) return ok(mine.session.state);
    const stored = await readLoop(deps.store, taskId);
    return stored.ok ? ok(stored.value.state) : stored;
  };
  return {
    sendReview: async (taskId, review) => {
      const before = await stateOf(taskId);
      if (!before.ok) return before;
      if (before.value.phase.kind === 'finished') {
        return fail('state', `The loop "${taskId}" has ended, so no agent reads a review of it any more.`);
      }
      const sent = await steerOnly(taskId, { kind: 'send-review', review });
      if (!sent.ok) return sent;
      const after = await stateOf(taskId);
      // The iteration may have ended by now: where the review was recorded is what counts.
      const recorded = after.ok
        ? after.value.reviews.findLast(({ items }) => sameItems(items, review.items))
        : null;
      return ok({ toldIn: (recorded?.iteration ?? iterationNumber(before.value)) + 1 });
    },
    threads: async (taskId) => {
      const state = await stateOf(taskId);
      return state.ok ? ok(threadsOf(state.value)) : state;
    },
  };
}

const sameItems = (
  one: readonly { readonly id: string }[],
  other: readonly { readonly id: string }[],
): boolean => one.length === other.length && one.every(({ id }, index) => id === other[index]?.id);

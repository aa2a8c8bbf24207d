import {
  circuitBreaker,
  ConsecutiveBreaker,
  handleWhenResult,
  isBrokenCircuitError,
  IterableBackoff,
} from 'cockatiel';
import { err, type Result } from '../../base/result.ts';
import type { Coordination, CoordinationError } from '../../ports/coordination.ts';

export interface BreakerOptions {
  /** Failures in a row after which no call is tried any more; 3 by default. */
  readonly threshold?: number;
  /** Before each new trial, in milliseconds; the last one stays. 1, 2, 4, 8 s by default. */
  readonly waitsMs?: readonly number[];
}

type Call<T> = () => Promise<Result<T, CoordinationError>>;

const isUnavailable = (value: unknown): boolean => {
  const result = value as Result<unknown, CoordinationError>;
  return !result.ok && result.error.kind === 'unavailable';
};

/**
 * Stops asking a store that does not answer: each call to a dead one costs its whole deadline, and a hand-over
 * makes several. Refusals by a living store do not count.
 */
export function withBreaker(coordination: Coordination, options: BreakerOptions = {}): Coordination {
  const closed = () =>
    circuitBreaker(handleWhenResult(isUnavailable), {
      breaker: new ConsecutiveBreaker(options.threshold ?? 3),
      halfOpenAfter: new IterableBackoff(options.waitsMs ?? [1000, 2000, 4000, 8000]),
    });
  let policy = closed();
  // A store that says itself that it is back need not be tried out.
  coordination.onRestored(() => {
    policy = closed();
  });
  const guard = async <T>(call: Call<T>): Promise<Result<T, CoordinationError>> => {
    try {
      return await policy.execute(call);
    } catch (error) {
      if (!isBrokenCircuitError(error)) throw error;
      return err({ kind: 'unavailable', message: '[ERROR] Circuit breaker: Too many failures' });
    }
  };
  return {
    ...coordination,
    put: (key, value, ttlSeconds) => guard(() => coordination.put(key, value, ttlSeconds)),
    get: (key) => guard(() => coordination.get(key)),
    push: (key, value, ttlSeconds) => guard(() => coordination.push(key, value, ttlSeconds)),
    list: (key) => guard(() => coordination.list(key)),
    drop: (key) => guard(() => coordination.drop(key)),
    complete: (completion) => guard(() => coordination.complete(completion)),
    completed: (taskId, iteration) => guard(() => coordination.completed(taskId, iteration)),
    credential: (taskId) => guard(() => coordination.credential(taskId)),
  };
}

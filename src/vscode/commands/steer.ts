/** Steering that few windows need; each command brings its body when it is used first. */
import type { Command } from '../front.ts';
import type * as steering from '../steering/steering.ts';

type Steering = typeof steering;

const lazily =
  (name: Exclude<keyof Steering, 'handOverDocument'>): Command =>
  async (front, argument, selected) =>
    (await import('../steering/steering.ts'))[name](front, argument, selected);

export const changeThresholds = lazily('changeThresholds');
export const retryAgent = lazily('retryAgent');
export const exportRecord = lazily('exportRecord');
export const setBreakpoints = lazily('setBreakpoints');
export const releaseHandOver = lazily('releaseHandOver');
export const showHandOver = lazily('showHandOver');

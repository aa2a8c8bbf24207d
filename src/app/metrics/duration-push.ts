import type { Logger } from '../../base/logger.ts';
import type { Result } from '../../base/result.ts';
import { exposition } from './exposition.ts';
import { LOOP_DURATION } from './loop-metrics.ts';

/** The seeds' group: `/metrics/job/cfn_loop`. */
export const PUSH_JOB = 'cfn_loop';

export interface DurationPushDeps {
  /** Null: nothing is pushed, which is the default. */
  readonly url: () => string | null;
  readonly push: (request: {
    readonly url: string;
    readonly job: string;
    readonly body: string;
  }) => Promise<Result<void, string>>;
  readonly logger: Logger;
}

/** Tells a Pushgateway how long a loop took. A failure is logged and is no concern of the loop's. */
export function createDurationPush(deps: DurationPushDeps) {
  return async ({
    taskId,
    durationMs,
  }: {
    readonly taskId: string;
    readonly durationMs: number;
  }): Promise<void> => {
    const url = deps.url();
    if (url === null || url.trim() === '') return;
    const body = exposition([
      {
        type: 'gauge',
        name: LOOP_DURATION,
        help: 'From start to end of the newest loop, waits included.',
        samples: [{ labels: {}, value: durationMs / 1000 }],
      },
    ]);
    const pushed = await deps.push({ url, job: PUSH_JOB, body });
    if (pushed.ok) deps.logger.info('Pushed the duration of the loop.', { taskId });
    else deps.logger.warn(`The duration of the loop could not be pushed: ${pushed.error}.`, { taskId });
  };
}

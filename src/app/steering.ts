/** What a person does to a loop, whoever runs it. */
import { ok, type Result } from '../base/result.ts';
import { createCareCommands, type CareCommands } from './agents/care-commands.ts';
import type { LoopServiceDeps } from './create-loop-service.ts';
import type { Steering } from './forwarding.ts';
import { liveHandle } from './live-handle.ts';
import type { LiveLoops } from './live-loops.ts';
import { fail } from './loop-error.ts';
import type { DecideRequest, LoopError, LoopHandle, LoopService } from './loop-service.ts';
import { createReviewSteps, type ReviewSteps } from './review/send-review.ts';
import { createSteps, type Steps } from './steps.ts';

export interface SteeringDeps {
  readonly deps: LoopServiceDeps;
  readonly live: LiveLoops;
  readonly resume: LoopService['resume'];
  readonly view: LoopService['view'];
}

type Steered = Steps &
  CareCommands &
  Pick<LoopService, 'decide' | 'pause' | 'unpause' | 'stop' | 'startNow' | 'addFeedback' | 'ownEdits'> &
  ReviewSteps;

export function createSteering({ deps, live, resume, view }: SteeringDeps): Steered {
  /** Without going on with a loop that nobody holds. */
  const steerOnly = async (taskId: string, command: Steering): Promise<Result<void, LoopError>> => {
    const wasLive = live.get(taskId) !== undefined;
    const steered = await live.steer(taskId, command, 'record');
    if (!steered.ok) return steered;
    if (!wasLive) await steered.value?.detach();
    return ok(undefined);
  };
  const goOn = async (taskId: string, command: Steering): Promise<Result<LoopHandle, LoopError>> => {
    const steered = await live.steer(taskId, command, 'run');
    if (!steered.ok) return steered;
    if (!steered.value) return resume(taskId);
    return ok(liveHandle(steered.value, await steered.value.goOn()));
  };

  return {
    decide: (taskId, request) => goOn(taskId, decideCommand(request)),
    pause: (taskId, { now }) => steerOnly(taskId, { kind: 'pause', now }),
    unpause: (taskId) => steerOnly(taskId, { kind: 'unpause' }),
    stop: async (taskId) => {
      const steered = await live.steer(taskId, { kind: 'stop' }, 'record');
      if (!steered.ok) return steered;
      await steered.value?.goOn();
      const fault = await steered.value?.closed;
      return fault ? fail('internal', fault.message) : ok(undefined);
    },
    startNow: (taskId) => goOn(taskId, { kind: 'start-now' }),
    addFeedback: (taskId, items) => steerOnly(taskId, { kind: 'add-feedback', items }),
    ownEdits: async (taskIds, paths) => {
      const found = await Promise.all(paths.map((path) => deps.repository.ownPath(path)));
      const own = found.filter((path) => path !== null);
      if (own.length > 0) await Promise.all(taskIds.map((taskId) => live.noteOwnEdits(taskId, own)));
    },
    ...createReviewSteps({ deps, live, steerOnly }),
    ...createSteps({ deps, live, steerOnly, goOn }),
    ...createCareCommands(view, steerOnly),
  };
}

function decideCommand(request: DecideRequest): Steering {
  const { decision, reason = '', feedback = [], confirm = [] } = request;
  return { kind: 'decide', decision, reason, feedback, confirm };
}

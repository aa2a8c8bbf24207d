import type { Emitter } from '../../base/emitter.ts';
import { ok, type Result } from '../../base/result.ts';
import type { Calibration } from '../../domain/calibration/calibration.ts';
import { fail } from '../loop-error.ts';
import type { LoopError } from '../loop-service.ts';
import type { LoopView } from '../projections/loop-view.ts';
import { createCalibrationLedger, type CalibrationDeps } from './calibration-ledger.ts';

export interface CalibratedChanges {
  readonly marked: (view: LoopView) => LoopView;
  /** Tells of a changed view, and once more where it changed what is known of its agents. */
  readonly fire: (view: LoopView) => void;
  readonly calibration: () => Promise<Result<readonly Calibration[], LoopError>>;
}

/** Changes of loops, with what their agents claimed and what held. */
export function createCalibratedChanges(
  deps: CalibrationDeps,
  changes: Emitter<LoopView>,
  view: (taskId: string) => Promise<Result<LoopView, LoopError>>,
): CalibratedChanges {
  const ledger = createCalibrationLedger(deps);
  /** The loop may have gone on while journals were read, so it is looked at anew. */
  const catchUp = async (seen: LoopView): Promise<void> => {
    if (!(await ledger.seen(seen))) return;
    const now = await view(seen.taskId);
    if (now.ok) changes.fire(now.value);
  };
  return {
    marked: (each) => ledger.marked(each),
    fire: (changed) => {
      changes.fire(changed);
      catchUp(changed).catch((error: unknown) =>
        deps.logger.warn(`What agents claimed could not be read: ${String(error)}`),
      );
    },
    calibration: async () => {
      try {
        return ok(await ledger.read());
      } catch (error) {
        return fail('internal', `What agents claimed could not be read: ${String(error)}`);
      }
    },
  };
}

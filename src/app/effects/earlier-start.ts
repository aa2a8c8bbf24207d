import type { AttemptSpec } from '../../protocol/attempt.ts';
import type { LoopScope } from '../loop-deps.ts';

/**
 * What an earlier process started this very attempt with; null when none did. The ledger is written just
 * before a start, so an attempt that stands in it may be running although no file of its runner is there yet.
 */
export async function earlierStart(scope: LoopScope, folder: string): Promise<AttemptSpec | null> {
  const spec = await scope.folders.spec(folder);
  if (!spec) return null;
  if (await scope.folders.started(folder)) return spec;
  const entries = await scope.ledger.entries(scope.config.taskId);
  return entries.some((entry) => entry.kind === 'attempt' && entry.runToken === spec.runToken) ? spec : null;
}

import type { IterationRecord, LoopState, TransferStep } from '../../domain/loop/state.ts';
import type { Effect } from '../../domain/loop/effects.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';
import type { EffectContext } from '../loop-session.ts';
import { writeTransferPoint, type TransferReceipt } from '../transfer-points.ts';
import { handOverRecords, type HandOverRecord } from './hand-over.ts';

export async function writePoint(
  scope: LoopScope,
  effect: Effect & { kind: 'write-transfer-point' },
  context: EffectContext,
): Promise<void> {
  const state = context.state();
  const record = state.current;
  if (!record) throw new LoopFault('There is no iteration to hand over.');
  const receipt = await writeByPoint(scope, effect, state, record);
  if (!receipt.verified) {
    scope.logger.warn(`Transfer point ${effect.point} is not verified: ${receipt.reason ?? 'unknown'}`, {
      taskId: scope.config.taskId,
    });
  }
  const { point, part, iteration } = effect;
  const { key, sha256, verified } = receipt;
  await context.report({ type: 'TransferPointWritten', iteration, point, part, key, sha256, verified });
}

/** The receipt of the point's own record, the last one. */
export async function writeByPoint(
  scope: LoopScope,
  step: TransferStep,
  state: LoopState,
  record: IterationRecord,
): Promise<TransferReceipt> {
  const records = await handOverRecords(scope, step, state, record);
  let receipt: TransferReceipt | null = null;
  for (const each of records) receipt = await write(scope, each);
  if (!receipt) throw new LoopFault(`Nothing is handed over at transfer point ${step.point}.`);
  return receipt;
}

export async function write(scope: LoopScope, record: HandOverRecord): Promise<TransferReceipt> {
  const { taskId } = scope.config;
  const receipt = await writeTransferPoint(scope.coordination, scope.hash, { taskId, ...record });
  if (!receipt.ok) throw new LoopFault(receipt.error);
  return receipt.value;
}

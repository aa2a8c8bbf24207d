import { confidenceOf, mean } from '../../domain/gate.ts';
import { exitsOf, type IterationRecord, type LoopState } from '../../domain/loop/state.ts';
import type { Effect } from '../../domain/loop/effects.ts';
import { aggregateOutput, type TransferName, type TransferPayload } from '../../protocol/transfer-points.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';
import type { EffectContext } from '../loop-session.ts';
import type { CodeExcerpt } from '../prompts.ts';
import {
  aggregation,
  assignment,
  extractedFeedback,
  gateResult,
  handoff,
  workerOutput,
} from '../transfer-payloads.ts';
import { writeTransferPoint, type TransferReceipt } from '../transfer-points.ts';

/** Diffs in hand-overs and prompts: whole hunks up to this many bytes, then a list of files. */
const CODE_BYTES = 64 * 1024;

export async function codeOf(scope: LoopScope, commit: string | null): Promise<CodeExcerpt> {
  const command = `git diff ${scope.config.baseCommit}${commit ? ` ${commit}` : ''}`;
  if (!commit) return { text: '', truncated: false, command };
  const diff = await scope.repository.diff(scope.config.baseCommit, commit, { maxBytes: CODE_BYTES });
  if (!diff.ok) throw new LoopFault(diff.error.message);
  return { text: diff.value.text, truncated: diff.value.truncated, command };
}

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

export async function writeByPoint(
  scope: LoopScope,
  effect: Effect & { kind: 'write-transfer-point' },
  state: LoopState,
  record: IterationRecord,
): Promise<TransferReceipt> {
  const part = effect.part === 'review' ? 'review' : 'main';
  switch (effect.point) {
    case 1:
      return write(scope, 'assignment', assignment(state, record));
    case 2:
      return writeOutputs(scope, state, record);
    case 3:
      return write(scope, 'feedback', extractedFeedback(state, record, part));
    case 4:
      return write(scope, 'aggregation', aggregation(state, record, part));
    case 5:
      return write(scope, 'gate', gateResult(state, record));
    case 6: {
      const code = await codeOf(scope, record.integrated?.commit ?? null);
      return effect.part === 'product-owner'
        ? write(scope, 'product-owner', handoff(state, record, 'product-owner', code))
        : write(scope, 'reviewer', handoff(state, record, 'validators', code));
    }
    default:
      throw new LoopFault(`There is no transfer point ${effect.point} between steps.`);
  }
}

/** Each worker's output under its own key, then everyone's under the short one. */
async function writeOutputs(
  scope: LoopScope,
  state: LoopState,
  record: IterationRecord,
): Promise<TransferReceipt> {
  const { taskId } = scope.config;
  const outputs = [];
  const codes: CodeExcerpt[] = [];
  const exits = exitsOf(record.implementers);
  for (const exit of exits) {
    const code = await codeOf(scope, exit.commit);
    const output = workerOutput(record, exit, code, state.updatedAt);
    const receipt = await write(scope, 'output', output, {
      iteration: record.number,
      workerId: exit.agentId,
    });
    outputs.push({ key: receipt.key, sha256: receipt.sha256, output });
    codes.push(code);
  }
  const aggregate = aggregateOutput({
    outputs,
    confidence: mean(exits.map(confidenceOf)) ?? 0,
    code: codes.map((code) => code.text).join('\n'),
    truncated: codes.some((code) => code.truncated),
    commit: outputs.length === 1 ? (outputs[0]?.output.commit ?? null) : null,
    completedAt: state.updatedAt,
    iteration: record.number,
  });
  return write(scope, 'output', { ...aggregate, taskId });
}

export async function write<N extends TransferName>(
  scope: LoopScope,
  name: N,
  payload: TransferPayload<N>,
  worker?: { readonly iteration: number; readonly workerId: string },
): Promise<TransferReceipt> {
  const { taskId } = scope.config;
  const receipt = await writeTransferPoint(scope.coordination, scope.hash, { name, taskId, payload, worker });
  if (!receipt.ok) throw new LoopFault(receipt.error);
  return receipt.value;
}

import { confidenceOf, mean } from '../../domain/gate.ts';
import { confidenceByPerson } from '../../domain/loop/hand-over-edit.ts';
import { exitsOf, type IterationRecord, type LoopState, type TransferStep } from '../../domain/loop/state.ts';
import {
  aggregateOutput,
  transferKey,
  type TransferAddress,
  type TransferName,
  type TransferPayload,
} from '../../protocol/transfer-points.ts';
import { LoopFault, type LoopDeps } from '../loop-deps.ts';
import type { CodeExcerpt } from '../prompts.ts';
import {
  aggregation,
  assignment,
  extractedFeedback,
  gateResult,
  handoff,
  workerOutput,
} from '../transfer-payloads.ts';
import { handOverText } from '../transfer-points.ts';

/** Diffs in hand-overs and prompts: whole hunks up to this many bytes, then a list of files. */
const CODE_BYTES = 64 * 1024;

export type HandOverDeps = Pick<LoopDeps, 'repository' | 'hash'>;

/** One record of a transfer point. */
export interface HandOverRecord {
  readonly name: TransferName;
  readonly payload: TransferPayload<TransferName>;
  readonly worker?: NonNullable<TransferAddress['worker']>;
}

export async function codeOf(
  { repository }: Pick<HandOverDeps, 'repository'>,
  baseCommit: string,
  commit: string | null,
): Promise<CodeExcerpt> {
  const command = `git diff ${baseCommit}${commit ? ` ${commit}` : ''}`;
  if (!commit) return { text: '', truncated: false, command };
  const diff = await repository.diff(baseCommit, commit, { maxBytes: CODE_BYTES });
  if (!diff.ok) throw new LoopFault(diff.error.message);
  return { text: diff.value.text, truncated: diff.value.truncated, command };
}

/**
 * What is handed over at a point between two steps, from the state and git alone, so that it can be shown before it
 * is written and said again after it was lost. The last record is the point's own.
 */
export async function handOverRecords(
  deps: HandOverDeps,
  step: TransferStep,
  state: LoopState,
  record: IterationRecord,
): Promise<readonly HandOverRecord[]> {
  const part = step.part === 'review' ? 'review' : 'main';
  switch (step.point) {
    case 1:
      return [{ name: 'assignment', payload: assignment(state, record) }];
    case 2:
      return outputs(deps, state, record);
    case 3:
      return [{ name: 'feedback', payload: extractedFeedback(state, record, part) }];
    case 4:
      return [{ name: 'aggregation', payload: aggregation(state, record, part) }];
    case 5:
      return [{ name: 'gate', payload: gateResult(state, record) }];
    case 6: {
      const code = await codeOf(deps, state.config.baseCommit, record.integrated?.commit ?? null);
      return step.part === 'product-owner'
        ? [{ name: 'product-owner', payload: handoff(state, record, 'product-owner', code) }]
        : [{ name: 'reviewer', payload: handoff(state, record, 'validators', code) }];
    }
    default:
      throw new LoopFault(`There is no transfer point ${step.point} between steps.`);
  }
}

/** Each worker's output under its own key, then everyone's under the short one. */
async function outputs(
  deps: HandOverDeps,
  state: LoopState,
  record: IterationRecord,
): Promise<readonly HandOverRecord[]> {
  const { taskId, baseCommit } = state.config;
  const exits = exitsOf(record.implementers);
  const codes: CodeExcerpt[] = [];
  const own: HandOverRecord[] = [];
  const lines = [];
  for (const exit of exits) {
    const code = await codeOf(deps, baseCommit, exit.commit);
    const output = workerOutput(record, exit, code, state.updatedAt);
    const worker = { iteration: record.number, workerId: exit.agentId };
    const checked = handOverText('output', output);
    if (!checked.ok) throw new LoopFault(checked.error);
    const key = transferKey('output', { taskId, worker }).name;
    own.push({ name: 'output', payload: output, worker });
    lines.push({ key, sha256: deps.hash(checked.value.text), output });
    codes.push(code);
  }
  const aggregate = aggregateOutput({
    outputs: lines,
    confidence: confidenceByPerson(record) ?? mean(exits.map(confidenceOf)) ?? 0,
    code: codes.map((code) => code.text).join('\n'),
    truncated: codes.some((code) => code.truncated),
    commit: lines.length === 1 ? (lines[0]?.output.commit ?? null) : null,
    completedAt: state.updatedAt,
    iteration: record.number,
  });
  return [...own, { name: 'output', payload: { ...aggregate, taskId } }];
}

import { reviewed } from '../../domain/adversarial/probe.ts';
import { feedbackFor } from '../../domain/loop/feedback.ts';
import { gateConfidence } from '../../domain/gate.ts';
import type { EvidenceFact } from '../../domain/loop/events.ts';
import { exitsOf, type IterationRecord, type LoopState } from '../../domain/loop/state.ts';
import type { AttemptSpec } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';
import { implementerPrompt, repairPrompt, reviewPrompt, type CodeExcerpt } from '../prompts.ts';
import { feedbackForReview } from '../transfer-payloads.ts';
import type { Attempt } from './launch.ts';
import { codeOf } from './hand-over.ts';

export async function promptFor(
  scope: LoopScope,
  attempt: Attempt,
  spec: AttemptSpec,
  state: LoopState,
): Promise<string> {
  const resultFile = `${attempt.folder}/${ATTEMPT_FILES.result}`;
  const base = {
    config: scope.config,
    agentId: spec.agentId,
    iteration: spec.iteration,
    nonce: spec.nonce,
    resultFile,
    attachmentFolder: `${attempt.folder}/${ATTEMPT_FILES.attachments}`,
  };
  if (attempt.repair) {
    const { error, transcriptTail } = attempt.repair;
    const { reportBy } = scope.config;
    return repairPrompt({ role: spec.role, nonce: spec.nonce, resultFile, reportBy, error, transcriptTail });
  }
  const record = state.current;
  if (!record) throw new LoopFault('There is no iteration to write a prompt for.');
  if (spec.role === 'implementer') {
    const index = record.implementers.findIndex((slot) => slot.agentId === spec.agentId);
    return implementerPrompt({
      ...base,
      part: scope.config.parts[index] ?? null,
      feedback: feedbackFor(state, spec.agentId),
      ownDiff: await unmergedDiff(scope, state, spec.agentId),
    });
  }
  const to = spec.role === 'validator' ? 'validators' : 'product-owner';
  return reviewPrompt({
    ...base,
    role: spec.role,
    code: await codeOf(scope, scope.config.baseCommit, reviewed(record, spec.agentId)),
    feedback: feedbackForReview(state, record, to),
    confidence: gateConfidence(scope.config, record),
    evidence: evidenceLines(record),
    unconfirmedFiles: record.evidence?.unconfirmedFiles ?? [],
    consensus:
      spec.role === 'product-owner' && record.consensus
        ? { score: record.consensus.score, findings: record.consensus.findings }
        : null,
  });
}

/** After a conflict, the agent whose work was left out sees its own diff again. */
async function unmergedDiff(
  scope: LoopScope,
  state: LoopState,
  agentId: string,
): Promise<CodeExcerpt | null> {
  const previous = state.history.at(-1);
  if (!previous?.integrated?.conflicts.some((conflict) => conflict.agentId === agentId)) return null;
  const slot = previous.implementers.find((candidate) => candidate.agentId === agentId);
  const commit = slot?.state.kind === 'settled' ? slot.state.exit.commit : null;
  if (!commit) return null;
  const diff = await scope.repository.diff(previous.start, commit, { maxBytes: 64 * 1024 });
  if (!diff.ok) throw new LoopFault(diff.error.message);
  const command = `git diff ${previous.start} ${commit}`;
  return { text: diff.value.text, truncated: diff.value.truncated, command };
}

export function evidenceLines(record: IterationRecord): readonly string[] {
  if (record.facts.length === 0) return ['No command was run.'];
  return [
    `Overall: ${record.evidence?.status ?? 'unavailable'}.`,
    ...record.facts.filter((fact) => judgedCommits(record).has(fact.commit)).map(evidenceLine),
    ...(record.evidence?.notes ?? []),
  ];
}

/** The integrated commit, and in a race the winner's own, whose evidence is that of the result. */
function judgedCommits(record: IterationRecord): ReadonlySet<string> {
  const commits = exitsOf(record.implementers)
    .filter((exit) => record.integrated?.agents.includes(exit.agentId))
    .map((exit) => exit.commit);
  return new Set([record.integrated?.commit, ...commits].flatMap((commit) => commit ?? []));
}

function evidenceLine(fact: EvidenceFact): string {
  const how = fact.run === 'restored' ? 'with the protected files of the base' : 'as the agents left it';
  return `\`${fact.command}\` ${how}: ${fact.status}, ${fact.passed} passed, ${fact.failed} failed, ${fact.skipped} skipped.`;
}

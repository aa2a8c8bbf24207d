import { assertNever } from '../base/result.ts';
import type { EventOf, Vote } from './loop/events.ts';
import type { LoopConfig } from './loop/config.ts';
import { completed, exitsOf, settledExit, type IterationRecord, type Slot } from './loop/state.ts';
import type { Finding } from './loop/model.ts';
import { mean, weightedMean } from './gate.ts';
import { provenIn } from './proofs.ts';

export const QUORUM = 2 / 3;

/** A validator's vote; null when it did not complete or gave no valid result. */
export function voteOf(slot: Slot): Vote {
  const exit = settledExit(slot);
  const score = exit && completed(exit) && exit.result?.role === 'validator' ? exit.result.score : null;
  return { agentId: slot.agentId, score };
}

/** Two thirds of the crew's validators voted. A crew without validators has no quorum to miss. */
export function quorumReached(validators: readonly Slot[]): boolean {
  const voted = validators.filter((slot) => voteOf(slot).score !== null).length;
  return voted >= Math.ceil(validators.length * QUORUM - 1e-9);
}

export function checkConsensus(
  config: LoopConfig,
  record: IterationRecord,
  confirmedByPerson: readonly string[],
): Omit<EventOf<'ConsensusChecked'>, 'type'> {
  const votes = record.validators.map(voteOf);
  const voters = votes.filter((vote) => vote.score !== null).length;
  const score = combine(config, votes);
  const vetoes = [...new Set(provenIn(record).map(({ agentId }) => agentId))];
  const unconfirmedFiles = filesWithoutMajority(record, voters).filter(
    (file) => !confirmedByPerson.includes(file),
  );
  const agreed = score !== null && score >= config.consensusThreshold && quorumReached(record.validators);
  return {
    passed: agreed && vetoes.length === 0 && unconfirmedFiles.length === 0,
    threshold: config.consensusThreshold,
    score,
    votes,
    vetoes,
    dissent: votes
      .filter((vote) => vote.score !== null && vote.score < config.consensusThreshold)
      .map((vote) => vote.agentId),
    unconfirmedFiles,
    findings: findingsOf(record),
  };
}

/** One figure of those who voted; null when nobody did. */
function combine({ consensusRule = 'mean', crew }: LoopConfig, votes: readonly Vote[]): number | null {
  const voted = votes.flatMap(({ agentId, score }) => (score === null ? [] : [{ agentId, score }]));
  switch (consensusRule) {
    case 'mean':
      return mean(voted.map(({ score }) => score));
    case 'min':
      return voted.length === 0 ? null : Math.min(...voted.map(({ score }) => score));
    case 'weighted': {
      const weightOf = (agentId: string) => crew.find(({ id }) => id === agentId)?.weight ?? 1;
      return weightedMean(voted.map(({ agentId, score }) => ({ score, weight: weightOf(agentId) })));
    }
    default:
      return assertNever(consensusRule);
  }
}

/** Changed protected files, and what else has to be confirmed, without a majority of the voters. */
function filesWithoutMajority(record: IterationRecord, voters: number): readonly string[] {
  const open = record.evidence?.unconfirmedFiles ?? [];
  if (open.length === 0) return [];
  const confirmations = exitsOf(record.validators)
    .filter(completed)
    .map((exit) => (exit.result?.role === 'validator' ? new Set(exit.result.confirmed) : new Set<string>()));
  return open.filter((file) => confirmations.filter((confirmed) => confirmed.has(file)).length * 2 <= voters);
}

function findingsOf(record: IterationRecord): readonly (Finding & { readonly by: string })[] {
  return exitsOf(record.validators).flatMap((exit) =>
    exit.result?.role === 'validator'
      ? exit.result.findings.map((finding) => ({ ...finding, by: exit.agentId }))
      : [],
  );
}

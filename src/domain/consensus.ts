import { assertNever } from '../base/result.ts';
import type { EventOf, Vote } from './loop/events.ts';
import type { LoopConfig } from './loop/config.ts';
import { completed, exitsOf, settledExit, type IterationRecord, type Slot } from './loop/state.ts';
import type { Finding } from './loop/model.ts';
import { mean, weightedMean } from './gate.ts';
import { missedIn } from './adversarial/probe.ts';
import { provenIn } from './proofs.ts';

export const QUORUM = 2 / 3;

/** A validator's vote; null when it did not complete or gave no valid result. */
export function voteOf(slot: Slot): Vote {
  const exit = settledExit(slot);
  const voted = exit && completed(exit) && !exit.probe && exit.result?.role === 'validator';
  return { agentId: slot.agentId, score: voted ? exit.result.score : null };
}

/** It voted, and did not miss a seeded fault in this iteration. */
const counts = (record: IterationRecord, slot: Slot): boolean =>
  voteOf(slot).score !== null && !missedIn(record).has(slot.agentId);

/** Two thirds of the crew's validators voted. A crew without validators has no quorum to miss. */
export function quorumReached(record: IterationRecord): boolean {
  const voted = record.validators.filter((slot) => counts(record, slot)).length;
  return voted >= Math.ceil(record.validators.length * QUORUM - 1e-9);
}

export function checkConsensus(
  config: LoopConfig,
  record: IterationRecord,
  confirmedByPerson: readonly string[],
): Omit<EventOf<'ConsensusChecked'>, 'type'> {
  const missed = missedIn(record);
  const votes = record.validators.map((slot) => {
    const vote = voteOf(slot);
    return missed.has(slot.agentId) ? { ...vote, lost: true as const } : vote;
  });
  const voters = votes.filter((vote) => vote.score !== null).length;
  const score = combineWithoutHelp(config, votes);
  const vetoes = [...new Set(provenIn(record).map(({ agentId }) => agentId))];
  const unconfirmedFiles = filesWithoutMajority(record, voters).filter(
    (file) => !confirmedByPerson.includes(file),
  );
  const agreed = score !== null && score >= config.consensusThreshold && quorumReached(record);
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

/**
 * A lost vote counts where it lowers the score, and is left out where it would raise it: the least figure over all
 * choices of lost votes to leave out. Of means that is one of those that leave out the highest ones.
 */
function combineWithoutHelp(config: LoopConfig, votes: readonly Vote[]): number | null {
  const kept = votes.filter(({ lost }) => !lost);
  if (!kept.some(({ score }) => score !== null)) return null;
  const lost = votes
    .filter((vote) => vote.lost && vote.score !== null)
    .toSorted((one, other) => (other.score ?? 0) - (one.score ?? 0));
  const figures = [...lost, null].flatMap(
    (_, highest) => combine(config, [...kept, ...lost.slice(highest)]) ?? [],
  );
  return Math.min(...figures);
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
  const missed = missedIn(record);
  const confirmations = exitsOf(record.validators)
    .filter((exit) => completed(exit) && !missed.has(exit.agentId))
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

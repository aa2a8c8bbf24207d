import type { EvidenceJudgement } from './loop/events.ts';
import type { AgentExit } from './loop/events.ts';
import { confidenceOf } from './gate.ts';

const RANK = { passed: 3, unconfirmed: 2, unavailable: 1, failed: 0 } as const;

/** Higher is better. Work that cannot even be prepared is no better than work whose checks fail. */
export const evidenceRank = (judgement: EvidenceJudgement | null | undefined): number =>
  judgement && !judgement.preparationFailed ? RANK[judgement.status] : 0;

const churn = (exit: AgentExit): number =>
  exit.files.reduce((sum, file) => sum + (file.added ?? 0) + (file.removed ?? 0), 0);

/** Best by evidence, then confidence, then the smaller diff, then crew order. */
export function chooseWinner(
  exits: readonly AgentExit[],
  judgements: Readonly<Record<string, EvidenceJudgement>>,
): AgentExit | null {
  const value = (exit: AgentExit): readonly number[] => {
    const judgement = judgements[exit.agentId];
    return [
      exit.files.length > 0 ? 1 : 0,
      evidenceRank(judgement),
      judgement?.passRate ?? 0,
      confidenceOf(exit),
      -churn(exit),
    ];
  };
  return exits.reduce<AgentExit | null>(
    (best, exit) => (best && compare(value(best), value(exit)) >= 0 ? best : exit),
    null,
  );
}

/** Lexicographic order of equally long lists. */
export function compare(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

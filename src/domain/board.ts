import type { Decision } from './loop/model.ts';

/** One product owner of several, who decide by weight and without seeing each other. */
export interface BoardVote {
  readonly agentId: string;
  /** Null: no valid decision. */
  readonly decision: Decision | null;
  readonly weight: number;
}

/** From the least careful on. */
const CARE: readonly Decision[] = ['PROCEED', 'ITERATE', 'ABORT'];

export const moreCareful = (one: Decision, other: Decision): Decision =>
  CARE.indexOf(one) >= CARE.indexOf(other) ? one : other;

/** 0.35 + 0.15 must not be more than half of 1. */
const HAIR = 1e-9;

/**
 * The least careful decision that more than half of the whole board's weight stands behind, where who is less careful
 * stands behind the more careful one too. So a tie goes to the more careful, and a missing vote, which counts as ABORT
 * like a single product owner's, helps nothing pass.
 */
export function boardDecision(votes: readonly BoardVote[]): Decision {
  const weightOf = (decision: Decision) =>
    // Summed from the smallest on, so that the order of the board decides nothing.
    votes
      .filter((vote) => (vote.decision ?? 'ABORT') === decision)
      .map(({ weight }) => weight)
      .toSorted((one, other) => one - other)
      .reduce((sum, weight) => sum + weight, 0);
  const [proceed, iterate, abort] = [weightOf('PROCEED'), weightOf('ITERATE'), weightOf('ABORT')];
  const half = (proceed + iterate + abort) / 2;
  const hair = half * HAIR;
  if (proceed > half + hair) return 'PROCEED';
  return proceed + iterate > half + hair ? 'ITERATE' : 'ABORT';
}

/** `2 of 3 for PROCEED, weight 0.65 of 1; cto would ABORT: it leaks keys` */
export function boardReason(
  decision: Decision,
  votes: readonly (BoardVote & { readonly reason: string })[],
): string {
  const sum = (some: readonly BoardVote[]) =>
    Number(some.reduce((total, { weight }) => total + weight, 0).toFixed(6));
  const behind = votes.filter((vote) => vote.decision === decision);
  const dissent = votes
    .filter((vote) => vote.decision !== decision)
    .map((vote) =>
      vote.decision === null
        ? `${vote.agentId} gave no valid decision, which counts as ABORT`
        : `${vote.agentId} would ${vote.decision}: ${vote.reason}`,
    );
  const first = behind[0]?.reason ?? '';
  const figures = `The board: ${behind.length} of ${votes.length} for ${decision}, weight ${sum(behind)} of ${sum(votes)}.`;
  return [figures, first, ...dissent].filter((text) => text !== '').join(' ');
}

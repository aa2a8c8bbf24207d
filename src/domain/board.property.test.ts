import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boardDecision, moreCareful, type BoardVote } from './board.ts';
import { DECISIONS } from './loop/model.ts';

const vote: fc.Arbitrary<BoardVote> = fc.record({
  agentId: fc.string(),
  decision: fc.option(fc.constantFrom(...DECISIONS), { freq: 5 }),
  weight: fc.double({ min: 0.01, max: 100, noNaN: true }),
});
const boards = fc.array(vote, { minLength: 1, maxLength: 7 });
const one = boards.chain((votes) => fc.tuple(fc.constant(votes), fc.nat({ max: votes.length - 1 })));

const carefulness = (votes: readonly BoardVote[]) =>
  ['PROCEED', 'ITERATE', 'ABORT'].indexOf(boardDecision(votes));
const care = ({ decision }: BoardVote) => decision ?? 'ABORT';

describe('the board of product owners', () => {
  it('does not depend on the order of its members', () => {
    fc.assert(
      fc.property(
        boards.chain((votes) =>
          fc.tuple(fc.constant(votes), fc.shuffledSubarray(votes, { minLength: votes.length })),
        ),
        ([votes, shuffled]) => {
          expect(boardDecision(shuffled)).toBe(boardDecision(votes));
        },
      ),
    );
  });

  it('becomes no less careful where a member becomes more careful, or gives no vote', () => {
    fc.assert(
      fc.property(one, fc.option(fc.constantFrom(...DECISIONS)), ([votes, at], other) => {
        const changed = votes.map((each, index) =>
          index === at ? { ...each, decision: other && moreCareful(care(each), other) } : each,
        );
        expect(carefulness(changed)).toBeGreaterThanOrEqual(carefulness(votes));
      }),
    );
  });

  it('never decides PROCEED without more than half of its weight, so never without a vote', () => {
    fc.assert(
      fc.property(boards, (votes) => {
        const sum = (some: readonly BoardVote[]) => some.reduce((total, { weight }) => total + weight, 0);
        const half = sum(votes) / 2;
        const behind = sum(votes.filter(({ decision }) => decision === 'PROCEED'));
        expect(boardDecision(votes) !== 'PROCEED' || behind > half).toBe(true);
        expect(boardDecision(votes.map((each) => ({ ...each, decision: null })))).toBe('ABORT');
      }),
    );
  });

  it('only decides what some member said, but for ABORT', () => {
    fc.assert(
      fc.property(boards, (votes) => {
        const decision = boardDecision(votes);
        expect(decision === 'ABORT' || votes.some((each) => each.decision === decision)).toBe(true);
      }),
    );
  });

  it.each([
    [
      'the weights of an enterprise',
      [0.35, 0.3, 0.2, 0.15],
      ['PROCEED', 'PROCEED', 'ITERATE', 'ABORT'],
      'PROCEED',
    ],
    [
      'a tie, which goes to the more careful',
      [0.35, 0.15, 0.5],
      ['PROCEED', 'PROCEED', 'ITERATE'],
      'ITERATE',
    ],
    ['a tie with a missing vote', [1, 1], ['PROCEED', null], 'ABORT'],
    ['neither end has half', [2, 1, 2], ['PROCEED', 'ITERATE', 'ABORT'], 'ITERATE'],
  ] as const)('decides %s', (_name, weights, decisions, decided) => {
    const votes = weights.map((weight, at) => ({
      agentId: `${at}`,
      weight,
      decision: decisions[at] ?? null,
    }));
    expect(boardDecision(votes)).toBe(decided);
  });
});

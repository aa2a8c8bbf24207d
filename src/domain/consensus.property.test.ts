import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConsensus } from './consensus.ts';
import type { LoopConfig } from './loop/config.ts';
import { CONSENSUS_RULES, type CrewMember } from './loop/model.ts';
import { newSlot } from './loop/slots.ts';
import type { IterationRecord, Slot } from './loop/state.ts';
import { exitWith, startedLoop, testConfig, validator } from './loop/test-loop.ts';
import type { Proof } from './proofs.ts';

interface Table {
  readonly rule: NonNullable<LoopConfig['consensusRule']>;
  readonly threshold: number;
  /** Null: no valid result. */
  readonly votes: readonly { readonly score: number | null; readonly weight: number }[];
  readonly proofs: readonly Proof['outcome'][];
  /** Validators by their place that missed a seeded fault. */
  readonly missed: readonly number[];
}

const begun = startedLoop();
begun.report({ type: 'BaseEstablished', facts: [], outside: null });
const fresh = theFirst(begun.state?.current);

function theFirst(record: IterationRecord | null | undefined): IterationRecord {
  if (!record) throw new Error('The loop has no iteration');
  return record;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const vote = fc.record({
  score: fc.option(share, { freq: 4 }),
  weight: fc.double({ min: 0.1, max: 100, noNaN: true }),
});
const tables: fc.Arbitrary<Table> = fc.record({
  rule: fc.constantFrom(...CONSENSUS_RULES),
  threshold: share,
  votes: fc.array(vote, { minLength: 1, maxLength: 7 }),
  proofs: fc.array(fc.constantFrom('refuted' as const, 'unusable' as const), { maxLength: 2 }),
  missed: fc.uniqueArray(fc.nat({ max: 6 }), { maxLength: 3 }),
});

const member = (at: number, weight: number): CrewMember => ({
  id: `v${at}`,
  role: 'validator',
  program: { kind: 'preset', preset: 'demo' },
  weight,
});

function voted(id: string, score: number | null): Slot {
  const exit = exitWith({ agentId: id, role: 'validator', ...(score === null ? {} : validator(score)) });
  return { ...newSlot(member(0, 1)), agentId: id, state: { kind: 'settled', at: 0, exit } };
}

function check({ rule, threshold, votes, proofs, missed }: Table) {
  const crew = votes.map(({ weight }, at) => member(at, weight));
  const record: IterationRecord = {
    ...fresh,
    validators: votes.map(({ score }, at) => voted(`v${at}`, score)),
    probes: missed.map((place) => ({ agentId: `v${place}`, seeded: null, outcome: 'missed', score: 1 })),
    proofs: proofs.map((outcome) => ({ agentId: 'v0', text: '', command: 'x', outcome, detail: '' })),
  };
  const config = { ...testConfig, crew, consensusRule: rule, consensusThreshold: threshold };
  return checkConsensus(config, record, []);
}

const at = (table: Table) => fc.nat({ max: table.votes.length - 1 });
const tableAnd = <T>(more: (table: Table) => fc.Arbitrary<T>) =>
  tables.chain((table) => more(table).map((rest) => [table, rest] as const));

describe('consensus', () => {
  it('does not depend on the order of the validators', () => {
    fc.assert(
      fc.property(
        tableAnd((table) =>
          fc.shuffledSubarray(
            table.votes.map((_, place) => place),
            { minLength: table.votes.length },
          ),
        ),
        ([table, order]) => {
          const votes = order.flatMap((place) => table.votes[place] ?? []);
          const missed = table.missed.map((place) => order.indexOf(place)).filter((place) => place >= 0);
          const [one, other] = [check(table), check({ ...table, votes, missed })];
          expect([other.passed, other.score]).toEqual([one.passed, one.score]);
        },
      ),
    );
  });

  it('is never helped by a lower score', () => {
    fc.assert(
      fc.property(
        tableAnd((table) => fc.tuple(at(table), share)),
        ([table, [who, lower]]) => {
          const votes = table.votes.map((each, index) =>
            index === who && each.score !== null ? { ...each, score: Math.min(each.score, lower) } : each,
          );
          expect(check({ ...table, votes }).passed && !check(table).passed).toBe(false);
        },
      ),
    );
  });

  it('is never helped by a vote that is lost to a seeded fault, nor by the loss of a low one', () => {
    fc.assert(
      fc.property(
        tableAnd((table) => at(table)),
        ([table, who]) => {
          const more = check({ ...table, missed: [...new Set([...table.missed, who])] });
          expect(more.passed && !check(table).passed).toBe(false);
          expect((more.score ?? -1) <= (check(table).score ?? -1) + 1e-9).toBe(true);
        },
      ),
    );
  });

  it('is never reached on votes that are all lost', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const missed = table.votes.map((_, place) => place);
        expect(check({ ...table, missed }).passed).toBe(false);
      }),
    );
  });

  it('is never reached against a proven finding, whatever the votes', () => {
    fc.assert(
      fc.property(tables, (table) => {
        expect(check({ ...table, proofs: [...table.proofs, 'proven'] })).toMatchObject({
          passed: false,
          vetoes: ['v0'],
        });
      }),
    );
  });

  it('is not kept by a claim that was refuted or could not be run', () => {
    fc.assert(
      fc.property(tables, (table) => {
        expect(check(table).passed).toBe(check({ ...table, proofs: [] }).passed);
      }),
    );
  });

  it('never passes on votes that nobody gave', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const verdict = check({ ...table, votes: table.votes.map((each) => ({ ...each, score: null })) });
        expect([verdict.passed, verdict.score]).toEqual([false, null]);
      }),
    );
  });

  it('takes no more than the mean by the lowest score, and the mean where all weigh the same', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const by = (rule: Table['rule']) => check({ ...table, rule }).score;
        const mean = by('mean') ?? -1;
        expect(by('min') ?? -1).toBeLessThanOrEqual(mean + 1e-9);
        const votes = table.votes.map((each) => ({ ...each, weight: 3 }));
        expect(check({ ...table, votes, rule: 'weighted' }).score ?? -1).toBeCloseTo(mean, 8);
      }),
    );
  });
});

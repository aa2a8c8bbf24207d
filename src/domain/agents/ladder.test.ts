import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LADDER, nextRung, NO_CARE, type Care, type LadderLimits, type Rung } from './ladder.ts';
import type { NudgeReceipt } from './signals.ts';
import { AGENT_STATUSES } from './status.ts';

const NOW = 10_000_000;
const ago = (ms: number) => NOW - ms;
const rung = (
  care: Partial<Care>,
  over: { receipts?: readonly NudgeReceipt[]; limits?: Partial<LadderLimits> } = {},
) =>
  nextRung({
    status: 'stuck',
    care: { ...NO_CARE, ...care },
    receipts: over.receipts ?? [],
    now: NOW,
    limits: { ...LADDER, ...over.limits },
  });
const receipt = (state: NudgeReceipt['state']): NudgeReceipt => ({ id: 'n1', at: NOW, state, why: '' });

describe('the ladder for a suspected attempt', () => {
  it.each([
    ['begins with a nudge', {}, 'nudge'],
    ['gives a nudge time', { nudges: 1, nudgedAt: ago(59_999) }, 'none'],
    ['nudges a second time', { nudges: 1, nudgedAt: ago(60_000) }, 'nudge'],
    ['asks after two nudges', { nudges: 2, nudgedAt: ago(60_000) }, 'ask'],
    ['gives the nudge of a person time, too', { nudgedAt: ago(1000) }, 'none'],
    ['waits for the answer', { nudges: 2, nudgedAt: ago(700_000), askedAt: ago(599_999) }, 'none'],
    ['restarts without an answer', { nudges: 2, nudgedAt: ago(700_000), askedAt: ago(600_000) }, 'restart'],
    ['ends where a person says that all is well', { leftAlone: true }, 'none'],
  ] as const)('%s', (_, care, next: Rung) => {
    expect(rung(care)).toBe(next);
  });

  it('asks at once where the agent takes no message', () => {
    expect(rung({ nudges: 1, nudgedAt: NOW }, { receipts: [receipt('refused')] })).toBe('ask');
    expect(rung({ nudges: 1, nudgedAt: NOW }, { receipts: [receipt('delivered')] })).toBe('none');
  });

  it('keeps to the limits that a person set', () => {
    expect(rung({}, { limits: { nudges: 0 } })).toBe('ask');
    expect(rung({ askedAt: 0 }, { limits: { restartMs: null } })).toBe('none');
  });

  it('does nothing about an agent that is not suspected, however often it was', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...AGENT_STATUSES.filter((status) => status !== 'stuck')),
        fc.nat(5),
        fc.option(fc.nat(NOW), { nil: null }),
        (status, nudges, askedAt) => {
          const care = { ...NO_CARE, nudges, askedAt };
          expect(nextRung({ status, care, receipts: [], now: NOW, limits: LADDER })).toBe('none');
        },
      ),
    );
  });

  it('never nudges more often than it may, and ends', () => {
    fc.assert(
      fc.property(fc.nat(4), fc.boolean(), (nudges, refuses) => {
        const limits = { ...LADDER, nudges };
        const care: { -readonly [K in keyof Care]: Care[K] } = { ...NO_CARE };
        let given = 0;
        const receipts: NudgeReceipt[] = [];
        for (let now = NOW; ; now += 5000) {
          const next = nextRung({ status: 'stuck', care, receipts, now, limits });
          if (next === 'restart') break;
          if (next === 'ask') care.askedAt = now;
          if (next === 'nudge') {
            given += 1;
            care.nudges += 1;
            care.nudgedAt = now;
            receipts.push(receipt(refuses ? 'refused' : 'delivered'));
          }
          expect(now).toBeLessThan(NOW + 3_600_000);
        }
        expect(given).toBe(refuses ? Math.min(1, nudges) : nudges);
      }),
    );
  });
});

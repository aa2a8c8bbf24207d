import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayAllows, heldToday, spentToday, type DayEntry } from './day-budget.ts';

const usd = fc.nat(300).map((cents) => cents / 100);
const run = fc.record({ usd, share: fc.double({ min: 0, max: 1, noNaN: true }), tells: fc.boolean() });
const story = fc.array(fc.record({ start: fc.boolean(), run }), { maxLength: 80 });

describe('the budget of a day', () => {
  it('is never passed while each run costs at most what was set aside for it', () => {
    fc.assert(
      fc.property(story, usd, (told, limit) => {
        const entries: (DayEntry & { readonly costs: number })[] = [];
        for (const { start, run: next } of told) {
          if (start && dayAllows(entries, next.usd, limit) === 'now') {
            const costs = next.usd * next.share;
            entries.push({ reservedUsd: next.usd, toldUsd: next.tells ? costs : null, ended: false, costs });
          } else {
            const at = entries.findIndex(({ ended }) => !ended);
            const entry = entries[at];
            if (entry) entries[at] = { ...entry, ended: true };
          }
          const really = entries.reduce((sum, { costs }) => sum + costs, 0);
          expect(really).toBeLessThanOrEqual(limit + 1e-6);
          expect(spentToday(entries) + heldToday(entries)).toBeLessThanOrEqual(limit + 1e-6);
        }
      }),
    );
  });

  it('says that it is reached only where the ends of the others would not help', () => {
    fc.assert(
      fc.property(fc.array(usd), fc.option(usd, { nil: null }), usd, (held, next, limit) => {
        const entries = held.map((reservedUsd) => ({ reservedUsd, toldUsd: 0, ended: false }));
        const free = entries.map((entry) => ({ ...entry, ended: true }));
        const reached = dayAllows(entries, next, limit) === 'reached';
        expect(reached).toBe(dayAllows(free, next, limit) === 'reached');
        expect(dayAllows(free, next, limit)).not.toBe('later');
      }),
    );
  });

  it('lets one run of unknown price go at a time, while something is left', () => {
    const running = { reservedUsd: null, toldUsd: null, ended: false };
    expect(dayAllows([], null, 1)).toBe('now');
    expect(dayAllows([running], null, 1)).toBe('later');
    expect(dayAllows([{ ...running, ended: true, toldUsd: 1 }], null, 1)).toBe('reached');
    expect(dayAllows([], null, 0)).toBe('reached');
  });
});

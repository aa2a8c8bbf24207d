import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  completedRun,
  GROW_AFTER,
  holdOf,
  limitedAccount,
  MOST_RETRY_MS,
  NO_LIMIT,
  turnOf,
  type AccountLimit,
} from './account-limit.ts';

const MACHINE = 8;
const limited = fc.record({
  kind: fc.constant('limited' as const),
  passed: fc.nat(60_000),
  age: fc.nat(60_000),
  retry: fc.option(fc.nat(120_000), { nil: null }),
  running: fc.integer({ min: 0, max: 12 }),
  random: fc.double({ min: 0, max: 1, noNaN: true }),
});
const completed = fc.record({ kind: fc.constant('completed' as const), passed: fc.nat(60_000) });
const story = fc.array(fc.oneof(limited, completed), { maxLength: 60 });
type Told = typeof story extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

function play(told: readonly Told[], look: (limit: AccountLimit, now: number, event: Told) => void) {
  let limit = NO_LIMIT;
  let now = 1_000_000;
  for (const event of told) {
    now += event.passed;
    limit =
      event.kind === 'completed'
        ? completedRun(limit, MACHINE)
        : limitedAccount(limit, {
            at: now,
            startedAt: now - event.age,
            retryAt: event.retry === null ? null : now + event.retry,
            running: event.running,
            random: event.random,
          });
    look(limit, now, event);
  }
  return { limit, now };
}

describe('the limit of an account', () => {
  it('lets nobody start before the time that the provider said, nor before one that it said earlier', () => {
    fc.assert(
      fc.property(story, (told) => {
        let earliest = 0;
        play(told, (limit, now, event) => {
          if (event.kind === 'limited' && event.retry !== null)
            earliest = Math.max(earliest, now + event.retry);
          expect(limit.notBefore).toBeGreaterThanOrEqual(earliest);
          const held = holdOf({ limit, openUntil: null }, 0, now) !== null;
          expect(held || now >= earliest).toBe(true);
        });
      }),
    );
  });

  it('keeps the number at the same time between one and what the machine takes, and the wait in bounds', () => {
    fc.assert(
      fc.property(story, (told) => {
        play(told, (limit, now) => {
          expect(limit.most ?? 1).toBeGreaterThanOrEqual(1);
          expect(limit.most ?? 1).toBeLessThan(MACHINE);
          expect(limit.notBefore).toBeLessThanOrEqual(now + MOST_RETRY_MS + 10_000);
        });
      }),
    );
  });

  it('is gone again after as many completed runs as the number has to grow', () => {
    fc.assert(
      fc.property(story, (told) => {
        const { limit } = play(told, () => undefined);
        let recovered = limit;
        for (let run = 0; run < MACHINE * GROW_AFTER; run += 1) recovered = completedRun(recovered, MACHINE);
        expect(recovered).toMatchObject({ most: null, limits: 0 });
        expect(holdOf({ limit: recovered, openUntil: null }, 100, limit.notBefore)).toBeNull();
      }),
    );
  });

  it('halves once for agents that ran side by side and were all told', () => {
    const at = 50_000;
    const said = { at, startedAt: 10_000, retryAt: at + 1_000, running: 8, random: 0 };
    const once = limitedAccount(NO_LIMIT, said);
    expect(once).toMatchObject({ most: 4, limits: 1, notBefore: at + 1_000 });
    const twice = limitedAccount(once, { ...said, at: at + 10, retryAt: at + 9_000, running: 7 });
    expect(twice).toMatchObject({ most: 4, limits: 1, notBefore: at + 9_000 });
    const anew = limitedAccount(twice, { ...said, at: 70_000, startedAt: 60_000, retryAt: null, running: 4 });
    expect(anew).toMatchObject({ most: 2, limits: 2, notBefore: 80_000 });
  });

  it('tries an account whose circuit is open with one agent', () => {
    const state = { limit: NO_LIMIT, openUntil: 9_000 };
    expect(holdOf(state, 0, 8_999)).toEqual({ kind: 'errors', until: 9_000 });
    expect(holdOf(state, 0, 9_000)).toBeNull();
    expect(holdOf(state, 1, 9_000)).toEqual({ kind: 'most', most: 1 });
  });
});

describe('the line before the slots', () => {
  const account = fc.constantFrom('a', 'b', null);

  it('never lets more of an account go than it takes, and passes nobody of the same account', () => {
    fc.assert(
      fc.property(fc.array(account), fc.nat(3), fc.nat(5), (line, room, free) => {
        const holdFor = (_account: string, more: number) =>
          more >= room ? ({ kind: 'most', most: room } as const) : null;
        const goes = line.map((own, place) => {
          const { ahead, hold } = turnOf(line.slice(0, place), own, holdFor);
          return hold === null && ahead < free;
        });
        for (const name of ['a', 'b']) {
          const own = goes.filter((_, place) => line[place] === name);
          expect(own.filter(Boolean).length).toBeLessThanOrEqual(room);
          expect(own).toEqual(own.toSorted((one, other) => Number(other) - Number(one)));
        }
        expect(goes.filter(Boolean).length).toBeLessThanOrEqual(free);
        // Whoever belongs to no account is held up by free slots alone.
        const enough = free > line.length;
        expect(!enough || line.every((own, place) => own !== null || goes[place])).toBe(true);
      }),
    );
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deque } from './deque.ts';
import { globMatches } from '../../base/glob.ts';
import { Keyspace } from './keyspace.ts';

const text = (value: string) => ({ type: 'string', text: value, appends: 0 }) as const;

function open() {
  let now = 1000;
  const touched: string[] = [];
  const keyspace = new Keyspace({ now: () => now, onTouch: (key) => touched.push(key) });
  return {
    keyspace,
    touched,
    advance: (ms: number) => {
      now += ms;
    },
  };
}

describe('the keyspace', () => {
  it('ends keys on access and by sweeping, however many end at once', () => {
    const { keyspace, advance } = open();
    for (let index = 0; index < 5000; index++)
      keyspace.put(`k${index}`, text('v'), { expiresAt: 1000 + (index % 10) });
    keyspace.put('stays', text('v'), { expiresAt: 100_000 });
    advance(100);
    expect(keyspace.has('k0')).toBe(false);
    let slices = 0;
    while (keyspace.sweep(500) !== 100_000) expect(++slices).toBeLessThan(20);
    expect(keyspace.size).toBe(1);
    expect(keyspace.expiring).toBe(1);
    keyspace.delete('stays');
    expect(keyspace.used).toBe(0);
  });

  it('does not keep the old ends of a key whose end is changed all the time', () => {
    const { keyspace } = open();
    keyspace.put('k', text('v'), { expiresAt: 5000 });
    for (let index = 0; index < 50_000; index++) keyspace.expire('k', 5000 + index);
    expect(JSON.stringify(keyspace).length).toBeLessThan(200_000);
    expect(keyspace.nextEnd).not.toBe(null);
  });

  it('counts what is stored, and comes back to nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.string({ maxLength: 50 }), fc.boolean()), {
          maxLength: 60,
        }),
        (steps) => {
          const { keyspace } = open();
          for (const [key, value, remove] of steps) {
            if (remove) keyspace.delete(key);
            else keyspace.put(key, text(value), { expiresAt: value.length > 20 ? 9000 : null });
            expect(keyspace.used).toBeGreaterThanOrEqual(0);
          }
          keyspace.clear();
          expect([keyspace.used, keyspace.size, keyspace.expiring]).toEqual([0, 0, 0]);
        },
      ),
    );
  });

  it('[FL-093] SCAN meets every key that stays exactly once, whatever comes and goes meanwhile', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50), { maxLength: 40 }),
        fc.array(fc.nat(50), { maxLength: 200 }),
        fc.integer({ min: 1, max: 7 }),
        (stay, churn, count) => {
          const { keyspace } = open();
          const fixed = new Set(stay.map((index) => `stay${index}`));
          for (const key of fixed) keyspace.put(key, text('v'));
          const seen: string[] = [];
          let cursor = 0;
          let round = 0;
          do {
            const page = keyspace.scan(cursor, count);
            seen.push(...page.keys);
            cursor = page.next;
            const other = `x${churn[round++] ?? 0}`;
            if (keyspace.has(other)) keyspace.delete(other);
            else if (round < 100) keyspace.put(other, text('v'));
          } while (cursor !== 0);
          const met = seen.filter((key) => fixed.has(key));
          expect(met.sort()).toEqual(Array.from(fixed).sort());
        },
      ),
    );
  });

  it('tells of every change, also of an end', () => {
    const { keyspace, touched, advance } = open();
    keyspace.put('a', text('1'), { expiresAt: 1050 });
    advance(60);
    keyspace.has('a');
    expect(touched).toEqual(['a', 'a']);
  });
});

describe('a list', () => {
  it('behaves as an array does at both ends', () => {
    const step = fc.tuple(
      fc.constantFrom('pushLeft' as const, 'pushRight' as const, 'popLeft' as const, 'popRight' as const),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const deque = new Deque();
        const model: string[] = [];
        for (const [kind, value] of steps) {
          const expected = {
            pushLeft: () => void model.unshift(value),
            pushRight: () => void model.push(value),
            popLeft: () => model.shift(),
            popRight: () => model.pop(),
          }[kind]();
          expect(deque[kind](value)).toBe(expected);
          expect(deque.slice()).toEqual(model);
        }
      }),
    );
  });
});

describe('patterns', () => {
  it.each([
    ['*', '', true],
    ['a*c', 'abbbc', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['coord:t1:*', 'coord:t1:complete', true],
    ['coord:t1:*', 'coord:t2:complete', false],
  ])('%s on %j: %s', (pattern, value, matches) => {
    expect(globMatches(pattern, value)).toBe(matches);
  });

  it('never take exponential time', () => {
    const start = performance.now();
    expect(globMatches(`${'a*'.repeat(30)}b`, 'a'.repeat(2000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSubnet, freeSubnet, gatewayOf, overlap, parseSubnet, type Subnet } from './subnets.ts';

const subnet = (text: string): Subnet => parseSubnet(text)!;

describe('a subnet', () => {
  it.each([
    ['172.30.0.0/16', '172.30.0.0/16', '172.30.0.1'],
    ['10.1.2.3/8', '10.0.0.0/8', '10.0.0.1'],
    ['192.168.1.77/32', '192.168.1.77/32', '192.168.1.78'],
    ['255.255.255.0/24', '255.255.255.0/24', '255.255.255.1'],
    ['0.0.0.0/0', '0.0.0.0/0', '0.0.0.1'],
  ])('of %s is %s with the gateway %s', (text, whole, gateway) => {
    expect(formatSubnet(subnet(text))).toBe(whole);
    expect(gatewayOf(subnet(text))).toBe(gateway);
  });

  it.each(['', '10.0.0.0', '10.0.0.256/8', '10.0.0.0/33', 'fd00::/8', '10.0.0/8', ' 10.0.0.0/8', '1.2.3.4/'])(
    'is not %j',
    (text) => expect(parseSubnet(text)).toBeNull(),
  );

  it('overlaps what lies in it, and no neighbour', () => {
    expect(overlap(subnet('172.30.0.0/16'), subnet('172.30.255.0/24'))).toBe(true);
    expect(overlap(subnet('172.30.0.0/16'), subnet('172.16.0.0/12'))).toBe(true);
    expect(overlap(subnet('172.30.0.0/16'), subnet('172.31.0.0/16'))).toBe(false);
  });
});

describe('a free subnet', () => {
  const pool = subnet('10.224.0.0/20');
  const someSubnet = fc
    .record({ first: fc.integer({ min: 0, max: 0x1fff }), prefix: fc.integer({ min: 18, max: 30 }) })
    .map(({ first, prefix }) => subnet(formatSubnet({ first: pool.first + first, prefix })));
  const request = fc.record({
    slot: fc.integer({ min: 0, max: 1000 }),
    taken: fc.array(someSubnet, { maxLength: 12 }),
  });

  it('lies in the pool and overlaps nothing that is taken, or there really is none', () => {
    fc.assert(
      fc.property(request, ({ slot, taken }) => {
        const found = freeSubnet({ pool, prefix: 24, slot, taken });
        const all = Array.from({ length: 16 }, (_, n) => ({ first: pool.first + n * 256, prefix: 24 }));
        const free = all.filter((one) => !taken.some((other) => overlap(one, other)));
        expect(found === null ? free : free.filter(({ first }) => first === found.first)).toEqual(
          found === null ? [] : [found],
        );
      }),
    );
  });

  it('is the same for the same engine, in whatever order it lists', () => {
    fc.assert(
      fc.property(request, ({ slot, taken }) => {
        const asked = { pool, prefix: 24, slot };
        expect(freeSubnet({ ...asked, taken })).toEqual(
          freeSubnet({ ...asked, taken: [...taken].reverse() }),
        );
      }),
    );
  });

  it('never overlaps one that was given out before', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100), { maxLength: 20 }), (slots) => {
        const given: Subnet[] = [];
        for (const slot of slots) {
          const found = freeSubnet({ pool, prefix: 24, slot, taken: given });
          if (found === null) break;
          expect(given.some((one) => overlap(one, found))).toBe(false);
          given.push(found);
        }
        expect(given).toHaveLength(Math.min(slots.length, 16));
      }),
    );
  });
});

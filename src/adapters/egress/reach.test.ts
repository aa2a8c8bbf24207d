import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reachOf } from './reach.ts';

describe('an address', () => {
  it.each([
    ['8.8.8.8', 'outside'],
    ['172.15.0.1', 'outside'],
    ['172.32.0.1', 'outside'],
    ['100.128.0.1', 'outside'],
    ['2606:4700::1111', 'outside'],
    ['10.0.0.1', 'inside'],
    ['172.31.255.255', 'inside'],
    ['192.168.1.1', 'inside'],
    ['100.64.0.1', 'inside'],
    ['fd00::1', 'inside'],
    ['0.0.0.0', 'never'],
    ['127.0.0.1', 'never'],
    ['127.255.0.1', 'never'],
    ['169.254.169.254', 'never'],
    ['224.0.0.1', 'never'],
    ['255.255.255.255', 'never'],
    ['198.18.0.1', 'never'],
    ['::', 'never'],
    ['::1', 'never'],
    ['::ffff:8.8.8.8', 'never'],
    ['::ffff:127.0.0.1', 'never'],
    ['64:ff9b::7f00:1', 'never'],
    ['2002:7f00:1::', 'never'],
    ['2001:0:7f00:1::', 'never'],
    ['fe80::1', 'never'],
    ['fe80::1%eth0', 'never'],
    ['2606:4700::1%eth0', 'never'],
    ['ff02::1', 'never'],
    ['example.com', 'never'],
    ['', 'never'],
  ])('%s is %s', (address, reach) => expect(reachOf(address)).toBe(reach));

  it('of this machine is never reached', async () => {
    const { networkInterfaces } = await import('node:os');
    const own = Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).map(({ address }) => address),
    );
    expect(new Set(own.map(reachOf))).toEqual(new Set(['never']));
  });

  it('of a private or special range is never outside', () => {
    const byte = fc.nat(255);
    const of = (...head: fc.Arbitrary<number>[]) =>
      fc.tuple(...head, ...Array.from({ length: 4 - head.length }, () => byte)).map((all) => all.join('.'));
    const is = (n: number) => fc.constant(n);
    const never = fc.check(
      fc.property(
        fc.oneof(
          of(is(10)),
          of(is(127)),
          of(is(0)),
          of(is(192), is(168)),
          of(is(169), is(254)),
          of(is(172), fc.integer({ min: 16, max: 31 })),
          of(is(100), fc.integer({ min: 64, max: 127 })),
          of(fc.integer({ min: 224, max: 255 })),
        ),
        (address) => reachOf(address) !== 'outside',
      ),
    );
    expect(never).toMatchObject({ failed: false });
  });
});

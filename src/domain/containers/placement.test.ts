import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choosePlace, isSuperseded, labelledEngine, roomOf, type Candidate } from './placement.ts';

const GB = 1024 ** 3;
const limits = { cpus: 1, memoryBytes: GB };
const node = fc.record({
  cpus: fc.integer({ min: 1, max: 64 }),
  gigabytes: fc.integer({ min: 1, max: 256 }),
});
const candidates = fc.array(fc.tuple(node, fc.nat(40)), { maxLength: 8 }).map((all) =>
  all.map(([{ cpus, gigabytes }, placed], at): Candidate => {
    const name = `node-${at}`;
    return { node: { name, cpus, memoryBytes: gigabytes * GB }, host: `ssh://${name}`, placed };
  }),
);
const anyLimits = fc.record({
  cpus: fc.constantFrom(0.25, 0.5, 1, 2, 8),
  memoryBytes: fc.constantFrom(GB / 2, GB, 4 * GB),
});

describe('the place of an agent', () => {
  it('is a node whenever there is one, and none with more room is left out but the one to avoid', () => {
    fc.assert(
      fc.property(candidates, anyLimits, fc.nat(8), (all, wish, away) => {
        const avoid = `ssh://node-${away}`;
        const chosen = choosePlace(all, wish, avoid);
        expect(chosen === null).toBe(all.length === 0);
        if (chosen === null) return;
        const others = all.filter(({ host }) => host !== avoid);
        expect(chosen.host === avoid && others.length > 0).toBe(false);
        for (const other of others) expect(roomOf(other, wish)).toBeLessThanOrEqual(roomOf(chosen, wish));
      }),
    );
  });

  it('does not hang on the order in which nodes are listed', () => {
    fc.assert(
      fc.property(candidates, anyLimits, (all, wish) => {
        expect(choosePlace(all.toReversed(), wish)).toEqual(choosePlace(all, wish));
      }),
    );
  });

  it('spreads over equal nodes', () => {
    fc.assert(
      fc.property(node, fc.integer({ min: 1, max: 6 }), fc.nat(30), ({ cpus, gigabytes }, nodes, agents) => {
        const placed = Array.from({ length: nodes }, () => 0);
        for (let agent = 0; agent < agents; agent += 1) {
          const chosen = choosePlace(
            placed.map((count, at) => ({
              node: { name: String(at), cpus, memoryBytes: gigabytes * GB },
              host: String(at),
              placed: count,
            })),
            limits,
          );
          placed[Number(chosen?.host)] = (placed[Number(chosen?.host)] ?? 0) + 1;
        }
        expect(Math.max(...placed) - Math.min(...placed)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is the avoided node where there is no other', () => {
    const only = { node: { name: 'a', cpus: 1, memoryBytes: GB }, host: 'ssh://a', placed: 9 };
    expect(choosePlace([only], limits, 'ssh://a')).toBe(only);
  });
});

it.each([
  ['ssh://me@far', 'ssh://me@far'],
  ['tcp://10.0.0.5:2376', 'tcp://10.0.0.5:2376'],
  ['unix:///run/other.sock', 'unix:///run/other.sock'],
  [undefined, null],
  ['', null],
  ['far', null],
  ['http://far', null],
  ['ssh://far -oProxyCommand=x', null],
])('a node with the label %o is asked at %o', (label, host) => {
  const manager = { source: 'DOCKER_HOST', host: 'tcp://here:2376', certificates: '/keys' } as const;
  expect(labelledEngine(manager, label)).toEqual(host === null ? null : { ...manager, host });
});

it('a holder ends runs of its loop that nobody waits for, and none of a later holder', () => {
  const run = fc.record({
    runToken: fc.constantFrom('a', 'b', 'c'),
    taskId: fc.constantFrom('mine', 'other'),
    epoch: fc.nat(5),
  });
  fc.assert(
    fc.property(run, fc.nat(5), fc.subarray(['a', 'b', 'c']), (found, epoch, awaited) => {
      const ended = isSuperseded(found, { taskId: 'mine', epoch }, new Set(awaited));
      expect(ended).toBe(
        found.taskId === 'mine' && !awaited.includes(found.runToken) && found.epoch <= epoch,
      );
    }),
  );
});

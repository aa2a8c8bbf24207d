import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foreignPaths, isWritable, planShipping, type ShippedMount } from './shipping.ts';

const mount = (source: string, target = source, more: Partial<ShippedMount> = {}): ShippedMount => ({
  source,
  target,
  readonly: false,
  isFile: false,
  ...more,
});
const file = (source: string, target = source): ShippedMount =>
  mount(source, target, { isFile: true, readonly: true });

describe('planShipping', () => {
  it('makes one folder of what is mounted at two places, with what lies over it once', () => {
    const [tree, ...others] = planShipping([
      mount('/tree'),
      mount('/tree', '/workspace'),
      file('/pointer', '/tree/.git'),
      file('/pointer', '/workspace/.git'),
    ]);
    expect(others).toEqual([]);
    expect(tree).toEqual({
      source: '/tree',
      places: [
        { target: '/tree', readonly: false },
        { target: '/workspace', readonly: false },
      ],
      files: new Map([['.git', '/pointer']]),
      folders: [],
    });
  });

  it('makes a folder for single files, with a place for the folder beside them', () => {
    const planned = planShipping([
      file('/attempt/prompt.md'),
      mount('/attempt/out'),
      file('/attempt/context.json'),
    ]);
    expect(planned.map(({ source }) => source)).toEqual(['/attempt/out', null]);
    expect(planned[1]).toMatchObject({
      places: [{ target: '/attempt', readonly: true }],
      folders: ['out'],
    });
    expect(foreignPaths(planned[1]!)).toEqual(['prompt.md', 'context.json', 'out']);
    expect(planned.map(isWritable)).toEqual([true, false]);
  });

  it('sends a folder once that lies in another one, unless it is mounted elsewhere', () => {
    expect(planShipping([mount('/copy'), mount('/copy/reports')])).toHaveLength(1);
    expect(planShipping([mount('/copy'), mount('/copy/reports', '/reports')])).toHaveLength(2);
    expect(planShipping([mount('/copy'), mount('/copying')])).toHaveLength(2);
  });

  it('has a place for every mount, and none in two folders', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
      .map((names) => `/${names.join('/')}`);
    const mounts = fc.uniqueArray(
      fc.record({ source: path, target: path, readonly: fc.boolean(), isFile: fc.boolean() }),
      { selector: ({ target }) => target, maxLength: 6 },
    );
    fc.assert(
      fc.property(mounts, (given) => {
        const planned = planShipping(given);
        const inside = planned.flatMap(({ places, files }) =>
          places.flatMap(({ target }) => [target, ...[...files.keys()].map((name) => `${target}/${name}`)]),
        );
        for (const { target } of given.filter(({ isFile }) => isFile)) expect(inside).toContain(target);
        const sources = planned.flatMap(({ source }) => source ?? []);
        expect(given.map(({ source }) => source)).toEqual(expect.arrayContaining(sources));
        expect(new Set(sources).size).toBe(sources.length);
      }),
    );
  });
});

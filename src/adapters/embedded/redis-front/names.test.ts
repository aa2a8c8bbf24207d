import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNames } from './names.ts';

const names = createNames('0123456789abcdef');

describe('the names of keys on a shared server', () => {
  it('keep all keys of a task in one slot of a cluster, apart from those of others', () => {
    expect(names.key('coord:t1:complete')).toBe('cfn:{0123456789abcdef:t1}:coord:t1:complete');
    const tags = ['swarm:t1:decision', 'events:t1', 't:t1:'].map((key) => /{.*?}/.exec(names.key(key))?.[0]);
    expect(new Set(tags)).toEqual(new Set(['{0123456789abcdef:t1}']));
    expect(createNames('fedcba9876543210').ours(names.key('a:b'))).toBe(null);
  });

  it('are found back, whatever a key is called', () => {
    const word = fc.string({ unit: fc.constantFrom('a', ':', '{', '}', '*', '\u00ff', '#') });
    fc.assert(
      fc.property(word, (name) => {
        expect(names.ours(names.key(name))).toBe(name);
        expect(names.oursOfChannel(names.channel(name))).toBe(name);
      }),
    );
  });

  it('are no other names of ours, and no markers', () => {
    expect(names.ours('coord:t1:complete')).toBe(null);
    expect(names.ours('cfn:{0123456789abcdef:t2}:coord:t1:complete')).toBe(null);
    expect(names.ours(names.marker(0))).toBe(null);
  });
});

import { expect, it } from 'vitest';
import { whereCodeRuns, type CodePlaceFacts } from './code-place.ts';

const ready = { kind: 'ready' } as const;
const missing = { kind: 'missing', why: 'no container engine answers' } as const;
const machine = { kind: 'runs', place: 'machine' };
const container = { kind: 'runs', place: 'container' };
const refused = { kind: 'refused', message: expect.stringContaining('and no container engine answers; ') };

it.each([
  [null, null, machine, machine],
  [null, 'machine', machine, machine],
  [null, 'container', container, refused],
  ['machine', null, machine, machine],
  ['machine', 'container', machine, machine],
  ['container', null, container, refused],
  ['container', 'machine', container, refused],
  ['machine', 'machine', machine, machine],
  ['container', 'container', container, refused],
] as const)(
  'says %s, remembers %s: with an engine and without one',
  (flag, remembered, withEngine, without) => {
    const facts: Omit<CodePlaceFacts, 'engine'> = { flag, remembered };
    expect(whereCodeRuns({ ...facts, engine: ready })).toEqual(withEngine);
    expect(whereCodeRuns({ ...facts, engine: missing })).toEqual(without);
  },
);

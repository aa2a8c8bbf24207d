import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { implementer, owner, startedLoop, validator } from './loop/test-loop.ts';
import type { AgentExit } from './loop/events.ts';
import type { IterationRecord } from './loop/state.ts';
import { lookedAt, markedReviews, SHORT_MS, type Looked } from './review-marks.ts';

const CHANGED = ['src/pay.ts', 'docs/pay.md'];
const tool = (text: string) => ({ stream: 'agent', kind: 'tool', text });
const said = (text: string) => ({ stream: 'agent', kind: 'text', text });
const look = (...lines: readonly ReturnType<typeof tool>[]) =>
  lookedAt(lines, CHANGED, 60_000, (text) => text);

describe('what a transcript shows', () => {
  it.each([
    ['a changed file that was read', [tool('Read /tmp/c/src/pay.ts')], { files: 1, other: 0 }],
    ['one on Windows', [tool(String.raw`Read C:\c\src\pay.ts`)], { files: 1, other: 0 }],
    ['one that a command names', [tool('$ sed -n 1,40p src/pay.ts docs/pay.md')], { files: 2, other: 0 }],
    ['a command', [tool('Bash npm test')], { files: 0, other: 1 }],
    ['a search', [tool('Grep charge')], { files: 0, other: 1 }],
    ['another file', [tool('Read src/pay.ts.bak-1'), tool('Read /c/README.md')], { files: 0, other: 0 }],
    [
      'a list of its own and its report',
      [tool('TodoWrite'), tool('mcp__cfn__report_result')],
      { files: 0, other: 0 },
    ],
    ['nothing', [said('Fine.')], { files: 0, other: 0 }],
  ])('of %s', (_what, lines, expected) => {
    expect(look(...lines)).toMatchObject(expected);
  });

  it('is nothing where the CLI prints plain text', () => {
    expect(
      lookedAt([{ stream: 'stdout', kind: 'text', text: 'Read src/pay.ts' }], CHANGED, 1, String),
    ).toBeNull();
    expect(lookedAt([], CHANGED, 1, String)).toBeNull();
  });

  it('takes words for the same whatever figures and result stand in them', () => {
    const words = (score: number, nonce: string) =>
      look(
        said(
          `I looked at all of the ${score} changed lines and found no problem in them.\n\`\`\`json\n{"nonce":"${nonce}","score":${score}}\n\`\`\``,
        ),
      )?.said;
    expect(words(1, 'a')).toBe(words(0.93, 'bcd'));
    expect(words(1, 'a')).not.toBeNull();
    expect(look(said('Done.'), said('{"score": 1}'))?.said).toBeNull();
  });
});

const seen: Looked = { files: 1, other: 0, ms: 60_000, said: null };

/** The records of a loop whose validators say the same in each iteration. */
function records(exit: Partial<AgentExit>, iterations = 1): readonly IterationRecord[] {
  const loop = startedLoop({ maxIterations: iterations, adversarialRate: 0 });
  loop.run({
    agent: (_id, role, iteration) => {
      if (role === 'implementer') return implementer(0.95);
      if (role === 'product-owner') return owner(iteration < iterations ? 'ITERATE' : 'PROCEED', ['more']);
      return { ...validator(0.95), ...exit };
    },
  });
  const { state } = loop;
  return state?.current ? [...state.history, state.current] : [];
}
const marksOf = (exit: Partial<AgentExit>, iterations = 1) => {
  const all = records(exit, iterations);
  const last = all.at(-1);
  return last ? (markedReviews(last, all.slice(0, -1), 0.9)[0]?.marks ?? []) : ['no record'];
};

describe('a mark on a review', () => {
  it.each([
    ['approves and opened a file', { looked: seen }, []],
    ['approves and ran something', { looked: { ...seen, files: 0, other: 1 } }, []],
    ['approves and opened nothing', { looked: { ...seen, files: 0 } }, ['nothing-opened']],
    ['was over at once', { looked: { ...seen, ms: SHORT_MS - 1 } }, ['too-short']],
    ['is by a CLI that tells nothing', {}, ['not-known']],
    ['did not approve', { ...validator(0.4), looked: { ...seen, files: 0, ms: 1 } }, []],
    [
      'names a place',
      {
        ...validator(0.95, [], [{ severity: 'suggestion', text: 'shorter', file: 'src/pay.ts' }]),
        looked: { ...seen, files: 0 },
      },
      [],
    ],
    ['failed', { ending: 'failed', looked: { ...seen, files: 0 } } as const, []],
  ])('where it %s', (_what, exit, marks) => {
    expect(marksOf(exit as Partial<AgentExit>)).toEqual(marks);
  });

  it('is on words of an earlier iteration, and not on those of the same one', () => {
    const looked = { ...seen, said: 'abc' };
    expect(marksOf({ looked }, 1)).toEqual([]);
    expect(marksOf({ looked }, 2)).toEqual(['same-words']);
  });

  it('changes no score, and is never on who shows that it looked', () => {
    const facts = fc.record({
      files: fc.nat({ max: 3 }),
      other: fc.nat({ max: 3 }),
      ms: fc.constantFrom(0, SHORT_MS - 1, SHORT_MS, 90_000),
      said: fc.constantFrom(null, 'abc'),
    });
    fc.assert(
      fc.property(facts, (looked) => {
        const [record] = records({ looked });
        const plain = records({})[0];
        expect(record?.consensus?.score).toBe(plain?.consensus?.score);
        expect(record?.consensus?.passed).toBe(true);
        const marks = record ? (markedReviews(record, [], 0.9)[0]?.marks ?? []) : [];
        const shows = looked.files + looked.other > 0 && looked.ms >= SHORT_MS;
        expect(marks.length === 0).toBe(shows);
      }),
      { numRuns: 40 },
    );
  });

  it('is on who missed a seeded fault, also where it did not approve', () => {
    const loop = startedLoop({ maxIterations: 1, adversarialRate: 1 });
    loop.run({
      agent: (_id, role) =>
        role === 'implementer'
          ? implementer(0.95)
          : role === 'validator'
            ? { ...validator(0.95), looked: seen }
            : owner('PROCEED'),
    });
    const { state } = loop;
    const marks = state?.current ? markedReviews(state.current, [], 0.9) : [];
    expect(marks.map((each) => each.marks)).toEqual([['missed-fault'], ['missed-fault'], ['missed-fault']]);
  });
});

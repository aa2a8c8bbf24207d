import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chanceOf } from './chance.ts';
import { chooseFault, namesFault, possibleFaults, withFault, type ChangedFile } from './fault.ts';

const CODE = [
  'export function charge(total, limit) {',
  "  if (total < 0) throw new Error('total < 0 === wrong');",
  '  // nobody pays && nothing === free',
  '  if (total === 0 && limit > 1) return false;',
  '  const rest: Array<number> = [total - 1, limit];',
  '  return rest.every((each) => each >= 0);',
  '}',
];
const file = (
  text: string,
  lines = text.split('\n').map((_, at) => at + 1),
  path = 'src/charge.ts',
): ChangedFile => ({
  path,
  text,
  lines,
});
const texts = fc
  .array(fc.constantFrom(...CODE, '', 'x = y', '\tif (a && b) {', '"<=" + 1;'), { maxLength: 12 })
  .chain((lines) => fc.constantFrom('\n', '\r\n').map((end) => `${lines.join(end)}${end}`));

describe('a seeded fault', () => {
  it('changes one line and nothing else, and only one that the loop changed', () => {
    fc.assert(
      fc.property(texts, fc.string(), fc.array(fc.integer({ min: 1, max: 12 })), (text, seed, lines) => {
        const fault = chooseFault([file(text, lines)], seed);
        fc.pre(fault !== null);
        const [before, after] = [text.split('\n'), withFault(text, fault)?.split('\n') ?? []];
        const gone = fault.after === '' ? 0 : 1;
        expect(
          lines.includes(fault.line) &&
            after.length === before.length - 1 + gone &&
            JSON.stringify(before.toSpliced(fault.line - 1, 1)) ===
              JSON.stringify(after.toSpliced(fault.line - 1, gone)) &&
            (gone === 0 || after[fault.line - 1] !== before[fault.line - 1]),
        ).toBe(true);
      }),
    );
  });

  it('is the same for the same seed, in whatever order files come', () => {
    const files = [file(CODE.join('\n')), file(CODE.join('\n'), [2, 4], 'src/other.py')];
    fc.assert(
      fc.property(fc.string(), (seed) => {
        expect(chooseFault(files.toReversed(), seed)).toEqual(chooseFault(files, seed));
      }),
    );
  });

  it('is never in a comment, a text, a type, an arrow, a test or configuration', () => {
    const faults = possibleFaults([
      file(CODE.join('\n')),
      file('assert(a === b)', [1], 'test/a.test.ts'),
      file('a && b', [1], 'README.md'),
    ]);
    expect(faults.map(({ line, after }) => [line, after.trim()])).toEqual([
      [2, "if (total <= 0) throw new Error('total < 0 === wrong');"],
      [2, ''],
      [4, 'if (total !== 0 && limit > 1) return false;'],
      [4, 'if (total === 0 && limit >= 1) return false;'],
      [4, 'if (total === 0 || limit > 1) return false;'],
      [4, 'if (total === 0 && limit > 1) return true;'],
      [4, ''],
      [5, 'const rest: Array<number> = [total + 1, limit];'],
      [6, 'return rest.every((each) => each > 0);'],
    ]);
  });

  it('is found near its line, in its file, or by its code', () => {
    const fault = chooseFault([file(CODE.join('\n'), [4])], 'any');
    if (!fault) throw new Error('There is no fault');
    const said = (finding: Partial<Parameters<typeof namesFault>[0]>) =>
      namesFault({ severity: 'critical', text: 'wrong', ...finding }, fault);
    expect(said({ file: './src/charge.ts', line: 7 })).toBe(true);
    expect(said({ file: 'charge.ts' })).toBe(true);
    expect(said({ text: `It says \`${fault.after.trim()}\`.` })).toBe(true);
    expect(said({ file: 'src/charge.ts', line: 40 })).toBe(false);
    expect(said({ file: 'src/other.ts', line: 4 })).toBe(false);
    expect(said({})).toBe(false);
  });
});

it('takes a share of texts that is near the rate, also where they differ in one character', () => {
  const share = (rate: number) =>
    Array.from({ length: 5000 }, (_, at) => chanceOf(`sample/task-1/${at % 10}/v${at}`)).filter(
      (chance) => chance < rate,
    ).length / 5000;
  expect(share(0.1)).toBeCloseTo(0.1, 1);
  expect(share(0.5)).toBeCloseTo(0.5, 1);
  expect(share(1)).toBe(1);
});

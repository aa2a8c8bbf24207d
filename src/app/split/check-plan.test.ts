import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPlan } from './check-plan.ts';

const PATHS = ['README.md', 'src/api/a.ts', 'src/api/b.ts', 'src/web/page.ts', 'test/a.test.ts'];
const texts = (...files: readonly (readonly string[])[]) =>
  checkPlan(
    files.map((each) => ({ task: 't', files: each })),
    PATHS,
  ).map(({ part, text }) => `${part}: ${text}`);

describe('a plan of parts', () => {
  it('has no mark where each file is in one part', () => {
    expect(texts(['src/api/**'], ['src/web/', 'README.md'], [])).toEqual([]);
    expect(texts(['/src/api'], ['./src/web'])).toEqual([]);
  });

  it.each([
    ['../other/**', 'lies outside'],
    ['src/../../x', 'lies outside'],
    ['C:\\x', 'lies outside'],
    ['~/x', 'lies outside'],
    ['src/db/**', 'names no file that exists'],
    ['/etc/passwd', 'names no file that exists'],
  ])('marks %s: %s', (pattern, mark) => {
    expect(texts([pattern])).toEqual([expect.stringContaining(mark)]);
  });

  it('marks files that two parts have, also those that are to be made', () => {
    expect(texts(['src/**'], ['src/api/a.ts', 'README.md'])).toEqual(['1: part 1 has "src/api/a.ts" too']);
    expect(texts(['src/**'], ['*.ts'])).toEqual([
      '1: part 1 has "src/api/a.ts", "src/api/b.ts", "src/web/page.ts" too',
    ]);
    expect(texts(['new/a.ts'], ['new/**'])).toContain('1: part 1 has "new/a.ts" too');
  });

  it('is marked for an overlap exactly where some file is in both parts, on one line whatever the names', () => {
    const names = fc.constantFrom('a', 'b', 'c/d', 'c/e', 'odd\n---\nname');
    const list = fc.uniqueArray(names, { maxLength: 4 });
    fc.assert(
      fc.property(list, list, fc.uniqueArray(names), (one, other, paths) => {
        const parts = [one, other].map((files) => ({ task: 't', files }));
        const marks = checkPlan(parts, paths);
        const shared = one.filter((path) => other.includes(path));
        expect(marks.some(({ part, text }) => part === 1 && text.startsWith('part 1 has'))).toBe(
          shared.length > 0,
        );
        for (const { text } of marks) expect(text).not.toMatch(/[\n\r]/);
        for (const path of one.filter((name) => !paths.includes(name))) {
          expect(marks).toContainEqual({
            part: 0,
            text: `${JSON.stringify(path)} names no file that exists`,
          });
        }
      }),
    );
  });

  it('takes whatever an agent writes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }), { maxLength: 4 }),
        (lists) => {
          expect(
            checkPlan(
              lists.map((files) => ({ task: '', files })),
              PATHS,
            ),
          ).toBeDefined();
        },
      ),
    );
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secretItem, UNSEARCHED, withInspection, type Inspection } from './inspection.ts';
import { judgement } from './loop/test-loop.ts';
import { evidenceRank } from './race.ts';

const finding = { path: 'src/a.ts', line: 3, what: 'AWS Secret Access Key', mark: '0a1b2c3d' };
const nothing: Inspection = { missing: [], secrets: [], searchedAll: true };
const passed = judgement({ status: 'passed' });

const inspections = fc.record({
  missing: fc.array(fc.constantFrom('a.ts', 'b/'), { maxLength: 2 }),
  secrets: fc.array(fc.record({ ...constants(finding), line: fc.nat() }), { maxLength: 2 }),
  searchedAll: fc.boolean(),
});
const judgements = fc
  .record({
    status: fc.constantFrom('passed', 'failed', 'unavailable', 'unconfirmed'),
    unconfirmedFiles: fc.constantFrom([], ['test/a.test.ts']),
    preparationFailed: fc.boolean(),
  })
  .map((change) => judgement(change));

function constants<T extends object>(of: T) {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, fc.constant(value)])) as {
    [key in keyof T]: fc.Arbitrary<T[key]>;
  };
}

describe('inspection', () => {
  it('changes nothing where there is nothing to say', () => {
    expect(withInspection(passed, nothing)).toBe(passed);
  });

  it('fails for a missing deliverable and names it', () => {
    expect(withInspection(passed, { ...nothing, missing: ['src/auth.ts'] })).toMatchObject({
      status: 'failed',
      reasons: ['The deliverable src/auth.ts does not exist in the result.'],
      feedback: [expect.stringContaining('src/auth.ts')],
    });
  });

  it('has a secret confirmed, by file, kind and mark and never by line', () => {
    expect(withInspection(passed, { ...nothing, secrets: [finding, { ...finding, line: 9 }] })).toMatchObject(
      {
        status: 'unconfirmed',
        unconfirmedFiles: ['secret:src/a.ts#aws-secret-access-key-0a1b2c3d'],
      },
    );
    expect(withInspection(passed, { ...nothing, searchedAll: false }).unconfirmedFiles).toEqual([UNSEARCHED]);
  });

  it('keeps what has to be confirmed also where a person goes on without evidence', () => {
    const seen = withInspection(judgement({ status: 'unavailable' }), { ...nothing, secrets: [finding] });
    expect(seen).toMatchObject({ status: 'unavailable', unconfirmedFiles: [secretItem(finding)] });
  });

  it('never makes a judgement better, and never confirms less', () => {
    fc.assert(
      fc.property(judgements, inspections, (before, seen) => {
        const after = withInspection(before, seen);
        expect(evidenceRank(after)).toBeLessThanOrEqual(evidenceRank(before));
        expect(seen.missing.length === 0 || after.status === 'failed').toBe(true);
        const items = [...before.unconfirmedFiles, ...seen.secrets.map(secretItem)];
        expect(
          after.status === 'failed' || items.every((item) => after.unconfirmedFiles.includes(item)),
        ).toBe(true);
        const clean = seen.missing.length + seen.secrets.length === 0 && seen.searchedAll;
        expect(after.status === 'passed').toBe(before.status === 'passed' && clean);
      }),
    );
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editableFields, readHandOverEdit } from './hand-over-edit.ts';

const main = (point: number) => ({ point, part: 'main' }) as const;
const read = (point: number, held: object, change: object) =>
  readHandOverEdit(main(point), JSON.stringify(held), JSON.stringify({ ...held, ...change }));

const ASSIGNMENT = { taskId: 't', description: 'Do it', requirements: ['a'], priority: 'high', feedback: [] };
const GATE = { passed: true, threshold: 0.75, actualConfidence: 0.9, evidence: 'passed', reasons: [] };

describe('what a person changed in a hand-over', () => {
  it('is nothing where nothing differs, whatever the white space', () => {
    expect(
      readHandOverEdit(main(1), JSON.stringify(ASSIGNMENT), JSON.stringify(ASSIGNMENT, null, 4)),
    ).toEqual({ ok: true, value: null });
  });

  it('is read field by field, trimmed', () => {
    expect(read(1, ASSIGNMENT, { description: ' Do that ', feedback: ['x'] })).toEqual({
      ok: true,
      value: { description: 'Do that', feedback: ['x'] },
    });
    expect(read(4, { aggregatedConfidence: 0.5 }, { aggregatedConfidence: 0.8 })).toEqual({
      ok: true,
      value: { confidence: 0.8 },
    });
  });

  it('takes all three lists of remarks together', () => {
    const held = { critical: ['a'], warnings: ['b'], suggestions: [], extractedConfidence: 1 };
    expect(read(3, held, { critical: [] })).toEqual({
      ok: true,
      value: { critical: [], warnings: ['b'], suggestions: [] },
    });
  });

  it.each([
    [
      1,
      ASSIGNMENT,
      { taskId: 'other' },
      '"taskId" of transfer point 1 is a fact and stays as it is; it takes changes of description,',
    ],
    [1, ASSIGNMENT, { extra: 1 }, '"extra" of transfer point 1'],
    [1, ASSIGNMENT, { description: '' }, 'description is ""; it takes a text.'],
    [1, ASSIGNMENT, { requirements: 'JWT' }, 'requirements is "JWT"; it takes a list of texts.'],
    [
      4,
      { aggregatedConfidence: 0.5 },
      { aggregatedConfidence: 10 },
      'aggregatedConfidence is 10; it takes a number from 0 to 1.',
    ],
    [6, { taskId: 't', code: '+1', feedback: [] }, { code: '' }, '"code" of transfer point 6 is a fact'],
    [7, { approved: true }, { approved: false }, 'it can be released as it is.'],
    [5, GATE, { passed: false }, 'reasons takes a list of texts that say what has to change.'],
    [5, { ...GATE, passed: false, reasons: ['x'] }, { passed: true }, 'it can only be set to false'],
    [5, GATE, { evidence: 'failed' }, '"evidence" of transfer point 5 is a fact'],
  ])('is refused at point %i in one sentence: %j with %j', (point, held, change, message) => {
    const result = read(point, held, change);
    expect(result.ok ? '' : result.error).toContain(message);
  });

  it('sends back what passed the gate', () => {
    expect(read(5, GATE, { passed: false, reasons: ['too slow'] })).toEqual({
      ok: true,
      value: { failedFor: ['too slow'] },
    });
  });

  it('says so when it is no JSON object', () => {
    for (const text of ['{', '[]', '7', 'null']) {
      const result = readHandOverEdit(main(1), JSON.stringify(ASSIGNMENT), text);
      expect(result.ok ? '' : result.error).toMatch(
        /^The edited hand-over is (not valid JSON|no JSON object)/,
      );
    }
  });

  it('never throws and never takes a field that is not editable', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.jsonValue(), (point, value) => {
        const result = readHandOverEdit(main(point), '{"taskId":"t"}', JSON.stringify(value));
        const allowed = new Set([
          ...editableFields(main(point)),
          'confidence',
          'failedFor',
          'critical',
          'warnings',
          'suggestions',
        ]);
        const taken = Object.keys((result.ok && result.value) || {});
        expect(taken.filter((key) => !allowed.has(key))).toEqual([]);
      }),
    );
  });
});

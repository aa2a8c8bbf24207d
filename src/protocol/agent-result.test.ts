import { describe, expect, it } from 'vitest';
import { checkResult, createResultFinder, readResult } from './agent-result.ts';
import { resultJsonSchema, resultSample } from './agent-result-sample.ts';
import { ROLES } from '../domain/loop/model.ts';

const implementer = { role: 'implementer', nonce: 'n1' } as const;
const validator = { role: 'validator', nonce: 'n1', scoreThreshold: 0.9 } as const;
const owner = { role: 'product-owner', nonce: 'n1' } as const;
const json = (value: unknown) => JSON.stringify(value);
const errorOf = (found: string, rules: Parameters<typeof checkResult>[1]) => {
  const checked = checkResult(found, rules);
  return checked.ok ? 'valid' : checked.error;
};

describe('checkResult', () => {
  it('fills what an implementer left out and ignores what it does not know', () => {
    const checked = checkResult(
      json({ nonce: 'n1', confidence: 0.92, mood: 'fine', summary: null }),
      implementer,
    );
    expect(checked).toEqual({
      ok: true,
      value: { role: 'implementer', confidence: 0.92, summary: '', files: [], issues: [] },
    });
  });

  it.each([
    [10.0, 'confidence is 10; it takes a number from 0 to 1'],
    ['92%', 'confidence is "92%"; it takes a number from 0 to 1'],
    ['9/10', 'confidence is "9/10"; it takes a number from 0 to 1'],
    ['0.9', 'confidence is "0.9"; it takes a number from 0 to 1'],
    [-0.1, 'confidence is -0.1; it takes a number from 0 to 1'],
    [null, 'confidence is null; it takes a number from 0 to 1'],
    [undefined, 'confidence is missing; it takes a number from 0 to 1'],
  ])('[L-12] [L-32] rejects the score %j and never guesses', (confidence, expected) => {
    expect(errorOf(json({ nonce: 'n1', confidence }), implementer)).toBe(expected);
  });

  it('takes both ends of the range', () => {
    expect(checkResult(json({ nonce: 'n1', confidence: 0 }), implementer).ok).toBe(true);
    expect(checkResult(json({ nonce: 'n1', confidence: 1 }), implementer).ok).toBe(true);
  });

  it('rejects a stale nonce and a missing one', () => {
    expect(errorOf(json({ nonce: 'old', confidence: 1 }), implementer)).toContain(
      'nonce is "old"; it takes "n1"',
    );
    expect(errorOf(json({ confidence: 1 }), implementer)).toContain('nonce is missing');
  });

  it('wants a finding below the threshold and none at it', () => {
    expect(errorOf(json({ nonce: 'n1', score: 0.89 }), validator)).toContain('at least one finding');
    expect(checkResult(json({ nonce: 'n1', score: 0.9 }), validator).ok).toBe(true);
    const finding = { severity: 'critical', text: 'fails', file: null, line: 3 };
    expect(checkResult(json({ nonce: 'n1', score: 0.2, findings: [finding] }), validator)).toEqual({
      ok: true,
      value: {
        role: 'validator',
        score: 0.2,
        findings: [{ severity: 'critical', text: 'fails', line: 3 }],
        confirmed: [],
      },
    });
  });

  it('names the item that is wrong', () => {
    const findings = [{ severity: 'huge', text: 'x' }];
    expect(errorOf(json({ nonce: 'n1', score: 0.2, findings }), validator)).toBe(
      'findings[0].severity is "huge"; it takes one of "critical", "warning", "suggestion"',
    );
    expect(errorOf(json({ nonce: 'n1', score: 1, confirmed: [1] }), validator)).toBe(
      'confirmed[0] is 1; it takes an item of a list of strings',
    );
  });

  it('[L-31] takes one of three decisions and nothing near them', () => {
    expect(checkResult(json({ nonce: 'n1', decision: 'PROCEED' }), owner).ok).toBe(true);
    for (const decision of ['proceed', 'DEFER_AND_PROCEED', 'PROCEED|ITERATE|ABORT', 'NOT PROCEED']) {
      expect(errorOf(json({ nonce: 'n1', decision }), owner)).toContain('decision is');
    }
    expect(errorOf(json({ nonce: 'n1', decision: 'ITERATE' }), owner)).toContain(
      'at least one feedback item',
    );
  });

  it('says what is wrong with text that is no object', () => {
    expect(errorOf('', implementer)).toBe('there is no text');
    expect(errorOf('[1]', implementer)).toBe('the result is [1]; it takes a JSON object');
    expect(errorOf('"yes"', implementer)).toContain('it takes a JSON object');
    expect(errorOf('{', implementer)).toContain('is not JSON');
  });

  it('takes a file that wraps the object in a fence', () => {
    expect(checkResult('```json\n{"nonce":"n1","confidence":0.5}\n```\n', implementer).ok).toBe(true);
  });
});

describe('readResult', () => {
  const valid = (confidence: number) => json({ nonce: 'n1', confidence });
  const rules = { ...implementer, prompt: 'Do it.' };

  it('lets the first channel with a valid result win', () => {
    const reading = readResult({ report: valid(0.1), file: valid(0.2), message: valid(0.3) }, rules);
    expect(reading).toMatchObject({ channel: 'report', result: { confidence: 0.1 } });
    expect(readResult({ report: '{', file: valid(0.2), message: valid(0.3) }, rules)).toMatchObject({
      channel: 'file',
      result: { confidence: 0.2 },
    });
  });

  it('gives the error of the first channel that held anything', () => {
    const reading = readResult({ report: null, file: valid(10), message: '{' }, rules);
    expect(reading.error).toBe('In the result file, confidence is 10; it takes a number from 0 to 1.');
    expect(readResult({ report: null, file: null, message: null }, rules).error).toContain('No result');
  });

  it('[L-31] never takes a block of the prompt for a result, however it is wrapped', () => {
    const prompt = 'Answer like this:\n```json\n{ "nonce": "n1",\n  "confidence": 0.9 }\n```';
    const reading = readResult({ report: null, file: null, message: valid(0.9) }, { ...rules, prompt });
    expect(reading.error).toContain('only repeats a block of the prompt');
  });
});

describe('createResultFinder', () => {
  const block = (value: unknown) => `\`\`\`json\n${json(value)}\n\`\`\``;

  it('keeps the last block that speaks as a result', () => {
    const finder = createResultFinder('');
    finder.read(
      `One\n${block({ nonce: 'n1', confidence: 0.1 })}\nTwo\n${block({ nonce: 'n1', confidence: 0.2 })}`,
    );
    finder.read(block({ name: 'package' }));
    expect(finder.last()).toBe(json({ nonce: 'n1', confidence: 0.2 }));
  });

  it('skips echoes of the prompt and falls back to what there is', () => {
    const finder = createResultFinder(`Sample: ${block({ nonce: 'n1', confidence: 0.5 })}`);
    finder.read(block({ nonce: 'n1', confidence: 0.5 }));
    expect(finder.last()).toBeNull();
    finder.read(`text \`\`\`json not a fence\n\n  ${block({ hello: 1 })}`);
    expect(finder.last()).toBe(json({ hello: 1 }));
  });
});

describe('resultSample', () => {
  it.each(ROLES)('is no valid result for the role %s', (role) => {
    const sample = resultSample(role, 'n1');
    expect(sample).toContain('n1');
    expect(checkResult(sample, { role, nonce: 'n1' }).ok).toBe(false);
    expect(resultJsonSchema(role)).toMatchObject({ type: 'object' });
  });
});

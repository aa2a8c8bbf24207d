import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FRONT_MATTER_NAMES,
  parseNumber,
  parseSettings,
  parseSettingsFile,
  REPOSITORY_SETTING_NAMES,
  SETTING_NAMES,
  USER_SETTING_NAMES,
} from './settings.ts';

const parse = (raw: unknown) => parseSettings(raw, { allowed: SETTING_NAMES });
const message = (raw: unknown) => {
  const result = parse(raw);
  return result.ok ? 'accepted' : result.error.message;
};

describe('settings', () => {
  it('take values at the edges of their ranges', () => {
    const edges = [
      { gate: 0, consensus: 1, iterations: 1, budget: 0, timeout: 1 },
      { gate: 1, consensus: 0, iterations: 100, budget: 0.01, timeout: 604_800 },
    ];
    for (const raw of edges) expect(parse(raw)).toEqual({ ok: true, value: raw });
  });

  it.each<[Record<string, unknown>, string]>([
    [{ gate: 1.01 }, 'gate is 1.01; it takes a number from 0 to 1.'],
    [{ gate: -0.01 }, 'gate is -0.01; it takes a number from 0 to 1.'],
    [{ gate: Number.NaN }, 'gate is NaN; it takes a number from 0 to 1.'],
    [{ gate: '0.85' }, 'gate is "0.85"; it takes a number from 0 to 1.'],
    [{ gate: null }, 'gate is null; it takes a number from 0 to 1.'],
    [{ consensus: 10 }, 'consensus is 10; it takes a number from 0 to 1.'],
    [{ iterations: 0 }, 'iterations is 0; it takes a whole number from 1 to 100.'],
    [{ iterations: 101 }, 'iterations is 101; it takes a whole number from 1 to 100.'],
    [{ iterations: 2.5 }, 'iterations is 2.5; it takes a whole number from 1 to 100.'],
    [{ budget: -1 }, 'budget is -1; it takes US dollars, a number of at least 0.'],
    [
      { budget: Number.POSITIVE_INFINITY },
      'budget is Infinity; it takes US dollars, a number of at least 0.',
    ],
    [{ timeout: 0 }, 'timeout is 0; it takes whole seconds from 1 to 604800.'],
    [{ mode: 'MVP' }, 'mode is "MVP"; it takes mvp, standard or enterprise.'],
    [{ strategy: '' }, 'strategy is ""; it takes split or race.'],
    [{ agents: [] }, 'agents is []; it takes a list of SPECs such as claude or api=claude.'],
    [{ agents: 'claude' }, 'agents is "claude"; it takes a list of SPECs such as claude or api=claude.'],
    [{ evidence: '' }, 'evidence is ""; it takes a command, a list of commands, or none alone.'],
    [
      { evidence: ['none', 'x'] },
      'evidence is ["none","x"]; it takes a command, a list of commands, or none alone.',
    ],
    [
      { parts: [{ files: ['a'] }] },
      'parts is [{"files":["a"]}]; it takes a list of { task: TEXT, files: [GLOB] }.',
    ],
    [{ includeDirty: 'yes' }, 'includeDirty is "yes"; it takes true or false.'],
  ])('refuse %j in one sentence that names the field and what it takes', (raw, sentence) => {
    expect(message(raw)).toBe(sentence);
  });

  it('refuse names they do not know, also dangerous ones', () => {
    expect(message({ gates: 1 })).toContain('"gates" is not known here; the names are mode, gate,');
    expect(message(JSON.parse('{"__proto__": {"gate": 0}}'))).toContain('"__proto__" is not known here');
    expect(message({ constructor: 1 })).toContain('"constructor" is not known here');
    for (const raw of [null, 1, 'x', [], undefined]) expect(message(raw)).toContain('must be a mapping');
  });

  it('read evidence as a command, a list, or none', () => {
    expect(parse({ evidence: 'npm test' })).toMatchObject({ value: { evidence: ['npm test'] } });
    expect(parse({ evidence: ['a', 'b'] })).toMatchObject({ value: { evidence: ['a', 'b'] } });
    expect(parse({ evidence: 'none' })).toMatchObject({ value: { evidence: [] } });
    expect(parse({ evidence: ['none'] })).toMatchObject({ value: { evidence: [] } });
  });

  it('never throw, whatever they are given', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...SETTING_NAMES), fc.anything()), (raw) => {
        expect(parse(raw)).toHaveProperty('ok');
      }),
    );
  });

  it('have the front matter of the contract, and what was added to it', () => {
    expect(FRONT_MATTER_NAMES.join(' ')).toBe(
      'mode gate consensus iterations strategy agents validators productOwner evidence timeout budget priority deliverables parts sparse consensusRule weights coverage proceedPolicy adversarialRate validatorFamily mutationSample mutationScore complexity costSensitive reportBy skills',
    );
  });

  it('take skills by their names, and nothing else that could name a server', () => {
    expect(parse({ skills: ['browser-automation'] })).toEqual({
      ok: true,
      value: { skills: ['browser-automation'] },
    });
    for (const skills of [['npx evil'], ['../x'], 'browser-automation', [{ image: 'x' }]])
      expect(parse({ skills })).toMatchObject({ ok: false });
    expect(REPOSITORY_SETTING_NAMES).toContain('skills');
  });

  it('take the folders of a sparse worktree in a line or as a list', () => {
    expect(parse({ sparse: 'src, ./packages/a/' })).toEqual({
      ok: true,
      value: { sparse: ['src', 'packages/a'] },
    });
    expect(parse({ sparse: ['a, b'] })).toEqual({ ok: true, value: { sparse: ['a, b'] } });
    expect(parse({ sparse: '.' })).toEqual({ ok: true, value: { sparse: [] } });
    const wrong = ['', '/src', 'src,..', 'src/*', 'C:\\x', [], [''], 7, null];
    for (const sparse of wrong)
      expect(parse({ sparse })).toMatchObject({
        ok: false,
        error: {
          path: ['sparse'],
          message: expect.stringMatching(/^sparse is .*; it takes folders such as src/),
        },
      });
  });
});

describe('a settings file', () => {
  const read = (text: string, allowed = REPOSITORY_SETTING_NAMES) => {
    const result = parseSettingsFile('.cfn/config.json', text, allowed);
    return result.ok ? result.value : result.error;
  };

  it('may carry a version and a schema', () => {
    expect(read('\uFEFF{"$schema": "x", "version": 1, "mode": "mvp"}')).toEqual({ mode: 'mvp' });
    expect(read('{"version": 2}')).toBe('.cfn/config.json: version is 2; it takes 1.');
  });

  it('names the file in every error', () => {
    expect(read('{')).toBe('.cfn/config.json is not valid JSON; correct or remove it.');
    expect(read('[]')).toBe('.cfn/config.json: the file must be a mapping of names to values.');
    expect(read('{"gate": 2}')).toBe('.cfn/config.json: gate is 2; it takes a number from 0 to 1.');
    expect(read('{"parts": []}')).toContain('"parts" is not known here');
  });

  it('cannot switch approvals off for whoever cloned the repository', () => {
    expect(read('{"permission": "full"}')).toContain("permission is yours to set, not the repository's");
    expect(read('{"permission": "full"}', USER_SETTING_NAMES)).toEqual({ permission: 'full' });
  });
});

describe('a number in a flag', () => {
  it.each(['', ' ', '0.85x', 'NaN', 'Infinity', '1e3', '0x1f', '1,5', '--1', '1.', '+1', ' 1', '1 '])(
    'is not %j',
    (text) => {
      expect(parseNumber(text)).toBeNull();
    },
  );
  it('may be whole, have decimals, or be negative', () => {
    expect(['7', '0.85', '.5', '-1'].map(parseNumber)).toEqual([7, 0.85, 0.5, -1]);
  });
});

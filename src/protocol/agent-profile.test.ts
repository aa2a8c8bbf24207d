import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAgentProfile } from './agent-profile.ts';

const warningsOf = (name: string, text: string) =>
  parseAgentProfile(name, text)?.warnings.map(({ line, message }) => `${line} ${message}`) ?? [];

describe('an agent profile', () => {
  it('[SI-078] may be JSON', () => {
    const text = JSON.stringify({
      id: 'system-architect',
      name: 'System Architect',
      provider: 'anthropic',
      model: 'claude-3-5-sonnet-20241022',
      temperature: 0.3,
      max_tokens: 8192,
    });
    expect(parseAgentProfile('system-architect.json', text)).toEqual({
      id: 'system-architect',
      name: 'System Architect',
      description: '',
      provider: 'anthropic',
      model: 'claude-3-5-sonnet-20241022',
      instructions: '',
      warnings: [],
    });
  });

  it('may be Markdown with front matter', () => {
    const text =
      '\uFEFF---\r\nname: backend-dev\r\ndescription: Writes APIs\r\nacl_level: 2\r\n---\r\n# You are …';
    expect(parseAgentProfile('x.md', text)).toEqual({
      id: 'backend-dev',
      name: 'backend-dev',
      description: 'Writes APIs',
      provider: null,
      model: null,
      instructions: '# You are …',
      warnings: [],
    });
    expect(parseAgentProfile('api.md', '---\nname: The API man\ndescription: x\n---\n')).toMatchObject({
      id: 'api',
      name: 'The API man',
    });
  });

  it('[X-25] says what it is run by and what its role is in either form', () => {
    const markdown = '---\nname: a\ndescription: b\nmodel: sonnet\nprovider: zai\n---\n\nBe careful.\n';
    const said = { provider: 'zai', model: 'sonnet', instructions: 'Be careful.', warnings: [] };
    expect(parseAgentProfile('a.md', markdown)).toMatchObject(said);
    const json = { name: 'a', model: 'sonnet', provider: 'zai', instructions: 'Be careful.' };
    expect(parseAgentProfile('a.json', JSON.stringify(json))).toMatchObject(said);
  });

  it('is no page without front matter', () => {
    expect(parseAgentProfile('README.md', '# Agents\n')).toBeNull();
  });

  it('is listed with what is wrong', () => {
    const broken = parseAgentProfile('a.md', '---\nname: "dev"\ndescription: Use: this\n---\n');
    expect(broken).toMatchObject({ id: 'dev', name: 'dev', description: 'Use: this' });
    expect(broken?.warnings).toEqual([
      { line: 3, message: expect.stringMatching(/^The front matter is not valid YAML: .*\.$/) as unknown },
    ]);
    expect(warningsOf('a.md', '---\nname: dev\n')).toEqual([
      '1 The front matter that begins with "---" is never closed.',
      '1 The description is missing.',
    ]);
    expect(warningsOf('a.md', '---\ncolor: red\nname: [x]\ndescription: 7\n---\n')).toEqual([
      '3 The name is ["x"]; it takes a text.',
      '4 The description is 7; it takes a text.',
      '3 The name is missing; the id is shown for it.',
      '4 The description is missing.',
    ]);
    expect(warningsOf('con.json', '{')).toEqual([
      '1 The file is not valid JSON.',
      '1 The id is "con", a reserved name; choose another one.',
      '1 The name is missing; the id is shown for it.',
    ]);
    expect(warningsOf('a.json', '[]')[0]).toBe('1 The profile must be a mapping of names to values.');
    expect(warningsOf('a.json', '{\n  "name": "A",\n  "model": 3\n}')).toEqual([
      '3 The model is 3; it takes a text.',
    ]);
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('a.md', 'a.json', '.md'), (text, name) => {
        expect(parseAgentProfile(name, `---\n${text}\n---\n`)).toBeDefined();
        expect(parseAgentProfile(name, text)).toBeDefined();
      }),
    );
  });
});

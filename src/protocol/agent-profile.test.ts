import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAgentProfile } from './agent-profile.ts';

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
      warnings: [],
    });
  });

  it('may be Markdown with front matter', () => {
    const text =
      '\uFEFF---\r\nname: backend-dev\r\ndescription: Writes APIs\r\nacl_level: 2\r\n---\r\n# You are …';
    expect(parseAgentProfile('x.md', text)).toEqual({ id: 'backend-dev', name: 'backend-dev', warnings: [] });
    expect(parseAgentProfile('api.md', '---\nname: The API man\ndescription: x\n---\n')).toMatchObject({
      id: 'api',
      name: 'The API man',
    });
  });

  it('is no page without front matter', () => {
    expect(parseAgentProfile('README.md', '# Agents\n')).toBeNull();
  });

  it('is listed with what is wrong', () => {
    const broken = parseAgentProfile('a.md', '---\nname: "dev"\ndescription: Use: this\n---\n');
    expect(broken).toMatchObject({ id: 'dev', name: 'dev' });
    expect(broken?.warnings[0]).toMatch(/^The front matter is not valid YAML: .*\(line 3\)\.$/);
    expect(parseAgentProfile('a.md', '---\nname: dev\n')?.warnings).toEqual([
      'The front matter that begins with "---" is never closed.',
      'The description is missing.',
    ]);
    expect(parseAgentProfile('a.md', '---\nname: [x]\ndescription: 7\n---\n')?.warnings).toEqual([
      'The name is ["x"]; it takes a text.',
      'The description is 7; it takes a text.',
      'The name is missing; the id is shown for it.',
      'The description is missing.',
    ]);
    expect(parseAgentProfile('con.json', '{')?.warnings).toEqual([
      'The file is not valid JSON.',
      'The id is "con", a reserved name; choose another one.',
      'The name is missing; the id is shown for it.',
    ]);
    expect(parseAgentProfile('a.json', '[]')?.warnings[0]).toBe(
      'The profile must be a mapping of names to values.',
    );
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

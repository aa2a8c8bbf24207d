import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { err } from '../base/result.ts';
import { parseAgentSpec, parseCrew } from './agent-spec.ts';
import type { Role } from '../domain/loop/model.ts';

const parse = (text: string, role: Role = 'implementer') => {
  const result = parseAgentSpec('--implementer', role, text);
  return result.ok ? result.value : result.error;
};

describe('a SPEC', () => {
  it('is a preset, with or without a name', () => {
    expect(parse('claude')).toEqual({
      name: null,
      program: { kind: 'preset', preset: 'claude' },
      decidedBy: 'agent',
    });
    expect(parse('api=codex')).toMatchObject({ name: 'api', program: { kind: 'preset', preset: 'codex' } });
  });

  it('is a command line after exec: or exec-tty:, in which "=" and "+human" mean nothing', () => {
    expect(parse(`exec:env A=1 sh -c 'echo "$A"'`)).toMatchObject({
      name: null,
      program: { kind: 'exec', argv: ['env', 'A=1', 'sh', '-c', 'echo "$A"'], tty: false },
    });
    expect(parse('x=exec-tty:vim +human')).toMatchObject({
      name: 'x',
      program: { kind: 'exec', argv: ['vim', '+human'], tty: true },
      decidedBy: 'agent',
    });
  });

  it('[SI-078] is a profile after "@", by its own preset or by one that stands before it', () => {
    const profile = (id: string, preset: string | null) => ({ kind: 'profile', id, preset });
    expect(parse('@reviewer')).toEqual({
      name: null,
      program: profile('reviewer', null),
      decidedBy: 'agent',
    });
    expect(parse('sec=codex@Sec_1')).toMatchObject({ name: 'sec', program: profile('Sec_1', 'codex') });
    expect(parse('po=@owner+human', 'product-owner')).toEqual({
      name: 'po',
      program: profile('owner', null),
      decidedBy: 'agent-then-person',
    });
    for (const text of ['@', '@a@b', '@../x', '@a b', 'Claude@a', 'human@a', '@con']) {
      expect(parse(text)).toContain('it takes PRESET');
    }
  });

  it('names a model after "vscode:", and after no other preset', () => {
    const program = { kind: 'preset', preset: 'vscode', model: 'copilot/gpt-4.1' };
    expect(parse('vscode:copilot/gpt-4.1', 'validator')).toMatchObject({ name: null, program });
    expect(parse('po=vscode:copilot/gpt-4.1+human', 'product-owner')).toEqual({
      name: 'po',
      program,
      decidedBy: 'agent-then-person',
    });
    expect(parse('vscode', 'validator')).toMatchObject({ program: { kind: 'preset', preset: 'vscode' } });
    for (const text of ['claude:opus', 'vscode:', 'vscode: a', 'vscode:-x', 'a=b=vscode:x']) {
      expect(parse(text, 'validator')).toContain('it takes PRESET');
    }
  });

  it('may be a person for product owners alone', () => {
    expect(parse('human', 'product-owner')).toEqual({ name: null, program: null, decidedBy: 'person' });
    expect(parse('boss=claude+human', 'product-owner')).toEqual({
      name: 'boss',
      program: { kind: 'preset', preset: 'claude' },
      decidedBy: 'agent-then-person',
    });
    for (const text of ['human', 'x=human', 'claude+human']) {
      expect(parse(text)).toContain('only a product owner can be a person');
    }
  });

  it.each([
    '',
    ' ',
    'Claude',
    'claude ',
    'exec',
    'exec:',
    'exec:   ',
    "exec:'' a",
    "exec:sh -c 'open",
    'exec:a\\',
    'exec:a\0b',
    '=claude',
    'a=',
    'a=b=c',
    'a b=claude',
    '-rf=claude',
    '__proto__=claude',
    'result=claude',
    'CON=claude',
    '../x=claude',
    'claude:opus',
    '+human',
    'a=EXEC:ls',
    `${'n'.repeat(65)}=claude`,
  ])('[DP-094] refuses %j in one sentence that names the field', (text) => {
    const error = parse(text);
    expect(error).toBeTypeOf('string');
    expect(error).toMatch(/^--implementer[: ].*\.$/s);
    expect(error).not.toContain('\n');
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, owner) => {
        expect(parse(text, owner ? 'product-owner' : 'validator')).toBeDefined();
        expect(parse(`a=exec:${text}`)).toBeDefined();
      }),
    );
  });
});

describe('a crew', () => {
  const crew = (implementers: string[], validators: string[], owner: string[]) =>
    parseCrew(
      [
        { role: 'implementer', field: '--implementer', specs: implementers },
        { role: 'validator', field: '--validator', specs: validators },
        { role: 'product-owner', field: '--product-owner', specs: owner },
      ],
      (field) => err(`${field}: no profiles here.`),
    );

  it('names unnamed agents by role and place', () => {
    const result = crew(['demo', 'api=demo', 'demo'], ['demo'], ['demo']);
    expect(result.ok && result.value.members.map((member) => member.id)).toEqual([
      'implementer-1',
      'api',
      'implementer-3',
      'validator-1',
      'product-owner',
    ]);
  });

  it('keeps who decides', () => {
    const result = crew(['demo'], ['demo'], ['human']);
    expect(result).toMatchObject({
      ok: true,
      value: { decidedBy: 'person', members: [{}, {}, { id: 'product-owner', program: null }] },
    });
  });

  it('takes no language model of VS Code for an implementer, as it edits no files', () => {
    const refused = crew(['vscode:gpt'], ['vscode'], ['vscode']);
    expect(refused.ok ? '' : refused.error).toBe(
      '--implementer: implementer-1 is vscode, whose language models only read and edit no files; take it for validators and the product owner.',
    );
    expect(crew(['demo'], ['vscode:gpt', 'vscode'], ['vscode'])).toMatchObject({ ok: true });
  });

  it.each([
    [['a=demo', 'A=demo'], ['demo']],
    [['a=demo'], ['a=demo']],
    [['implementer-2=demo', 'demo'], ['demo']],
    [['demo'], ['product-owner=demo']],
  ])('refuses names that are used twice, compared without case: %j %j', (implementers, validators) => {
    const result = crew(implementers, validators, ['demo']);
    expect(result.ok ? '' : result.error).toContain('is used twice');
  });
});

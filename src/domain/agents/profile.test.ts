import { expect, it } from 'vitest';
import { programOfProfile } from './profile.ts';

const wish = { provider: null, model: null, chosen: null, fallback: 'codex' };

it.each([
  ['its provider', { ...wish, provider: 'anthropic' }, { preset: 'claude', model: null }],
  ['its model', { ...wish, model: 'sonnet' }, { preset: 'claude', model: 'sonnet' }],
  ['nothing', wish, { preset: 'codex', model: null }],
  ['inherit', { ...wish, model: 'inherit' }, { preset: 'codex', model: null }],
  [
    'a provider with models of any name',
    { ...wish, provider: 'opencode', model: 'acme/x1' },
    { preset: 'opencode', model: 'acme/x1' },
  ],
  ['no default', { ...wish, fallback: null }, { preset: null, model: null }],
])('[SI-078] a profile runs by what %s says', (_what, given, program) => {
  expect(programOfProfile(given)).toEqual({ ...program, notes: [] });
});

it('gives a model only to the program it belongs to, and says what it leaves out', () => {
  expect(programOfProfile({ ...wish, model: 'opus', chosen: 'demo' })).toEqual({
    preset: 'demo',
    model: null,
    notes: ['Its model "opus" is left to demo.'],
  });
  expect(programOfProfile({ ...wish, provider: 'zai', model: 'glm-4.6' })).toEqual({
    preset: 'codex',
    model: null,
    notes: ['Its provider "zai" is that of no preset.', 'Its model "glm-4.6" is left to codex.'],
  });
});

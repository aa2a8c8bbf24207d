import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SHIPPED_ROUTES } from '../domain/agents/seed-routes.ts';
import { mergeRoutes, parseOwnRoutes, parseRoutesVariable, type OwnRoutes } from './provider-routes.ts';

const file = (routes: unknown) => parseOwnRoutes('routes.json', JSON.stringify({ version: 1, routes }));
const problem = (routes: unknown): string => {
  const read = file(routes);
  return read.ok ? '' : read.error;
};
const merged = (own: OwnRoutes = {}, models: readonly (readonly [string, string])[] = []) => {
  const table = mergeRoutes(SHIPPED_ROUTES, own, new Map(models));
  if (!table.ok) throw new Error(table.error);
  return table.value;
};

describe('[X-21] the table as it ships', () => {
  it.each([
    ['[SI-071]', 'zai', 'glm-4.6'],
    ['[SI-072]', 'kimi', 'kimi-latest'],
    ['[SI-073]', 'openrouter', 'anthropic/claude-3-5-sonnet'],
    ['[SI-074]', 'max', 'anthropic/claude-3-opus-20240229'],
    ['[SI-075]', 'anthropic', 'claude-3-5-sonnet-20241022'],
    ['[SI-076]', 'gemini', 'gemini-2.0-flash-exp'],
    ['[SI-077]', 'xai', 'grok-beta'],
  ])('%s has %s with %s, which nobody verified', (_id, provider, model) => {
    expect(SHIPPED_ROUTES.get(provider)).toMatchObject({
      model,
      lastVerified: null,
      price: null,
      origin: 'seed',
    });
  });

  it('holds to the rules for a person’s own routes', () => {
    for (const [provider, route] of SHIPPED_ROUTES) {
      const { model, preset, baseUrl, auth, keyVariable, modelsUrl } = route;
      const own = file({ [provider]: { model, preset, baseUrl, auth, keyVariable, modelsUrl } });
      if (!own.ok) throw new Error(own.error);
      expect(merged(own.value).get(provider)).toEqual({ ...route, origin: 'yours' });
    }
    expect([...SHIPPED_ROUTES.values()].filter(({ keyVariable }) => keyVariable === null)).toMatchObject([
      { provider: 'max', auth: 'login', baseUrl: null },
    ]);
  });
});

describe('[SI-070] PROVIDER_ROUTES', () => {
  it.each([
    'zai:glm-5 kimi:kimi-k2.5',
    'zai:glm-5,kimi:kimi-k2.5',
    'zai:glm-5\nkimi:kimi-k2.5\n',
    '(\n  "zai:glm-5"\n  "kimi:kimi-k2.5"\n)',
  ])('may stand as %j', (text) => {
    const models = parseRoutesVariable(text);
    expect(models.ok && [...models.value]).toEqual([
      ['zai', 'glm-5'],
      ['kimi', 'kimi-k2.5'],
    ]);
  });

  it('changes models alone, which are then not verified', () => {
    const own = { zai: { lastVerified: { model: 'glm-4.6', day: '2026-11-01' } } };
    expect(merged(own).get('zai')).toMatchObject({ lastVerified: '2026-11-01', origin: 'seed' });
    const changed = merged(own, [['zai', 'glm-5']]).get('zai');
    expect(changed).toEqual({ ...SHIPPED_ROUTES.get('zai'), model: 'glm-5', lastVerified: null });
    expect(parseRoutesVariable('openrouter:a/b:free')).toMatchObject({ ok: true });
  });

  it.each(['zai', 'zai:', ':x', 'ZAI:--flag', 'zai:-m', '../x:y'])('refuses %j', (text) => {
    expect(parseRoutesVariable(text)).toEqual({
      ok: false,
      error: expect.stringMatching(/^PROVIDER_ROUTES has ".*"; it takes entries such as zai:glm-4\.6\.$/),
    });
  });

  it('names a provider that has no route', () => {
    expect(mergeRoutes(SHIPPED_ROUTES, {}, new Map([['__proto__', 'x']]))).toMatchObject({ ok: false });
    expect(mergeRoutes(SHIPPED_ROUTES, {}, new Map([['acme', 'x']]))).toEqual({
      ok: false,
      error:
        'PROVIDER_ROUTES names the provider "acme", which has no route; there is zai, kimi, openrouter, max, anthropic, gemini, xai, and routes.json adds others.',
    });
  });

  it('never makes a table that breaks a rule', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const models = parseRoutesVariable(text);
        if (!models.ok) return;
        for (const [provider, model] of models.value) {
          expect(provider).toMatch(/^[a-z0-9][a-z0-9._-]*$/);
          expect(model).not.toMatch(/^-|\s/);
        }
      }),
    );
  });
});

describe('routes.json', () => {
  it('adds a whole route, and changes what ships', () => {
    const own = file({
      local: { preset: 'claude', model: 'm', baseUrl: 'http://127.0.0.1:1234', keyVariable: 'LOCAL_API_KEY' },
      kimi: { model: 'kimi-k2.5', price: { input: 0.6, cachedInput: 0.1, output: 3 } },
    });
    if (!own.ok) throw new Error(own.error);
    const table = merged(own.value);
    expect(table.get('local')).toMatchObject({ auth: 'bearer', modelsUrl: null, lastVerified: null });
    expect(table.get('kimi')).toMatchObject({
      model: 'kimi-k2.5',
      price: { output: 3 },
      keyVariable: 'MOONSHOT_API_KEY',
    });
  });

  it('leaves the list of models of the old place behind with the place', () => {
    const own = file({ kimi: { baseUrl: 'https://gateway.example.org/anthropic' } });
    expect(own.ok && merged(own.value).get('kimi')).toMatchObject({ modelsUrl: null });
  });

  it.each([
    [{ a: { key: 'x' } }, 'a has "key", which is not known; the names are model, preset,'],
    [
      { a: { baseUrl: 'http://example.org' } },
      'a.baseUrl is "http://example.org"; it takes an https address',
    ],
    [{ a: { baseUrl: 'https://me:secret@example.org' } }, 'a.baseUrl is'],
    [{ a: { baseUrl: 'http://127.0.0.1.example.org' } }, 'a.baseUrl is'],
    [
      { a: { keyVariable: 'PATH' } },
      'a.keyVariable is "PATH"; it takes the name of a variable that ends in _KEY',
    ],
    [{ a: { keyVariable: 'sk-0123456789abcdef' } }, 'a.keyVariable is'],
    [{ a: { preset: 'exec' } }, 'a.preset is "exec"; it takes claude, gemini, opencode.'],
    [{ a: { model: '--help' } }, 'a.model is "--help"; it takes the name of a model'],
    [{ 'A b': {} }, 'the provider "A b" is no name'],
    [{ a: 1 }, 'a must be a mapping'],
  ])('refuses %j', (routes, message) => {
    expect(problem(routes)).toContain(`routes.json: ${message}`);
  });

  it.each([
    [{ acme: { model: 'm' } }, 'acme is new, so it takes model and preset.'],
    [
      { acme: { model: 'm', preset: 'claude', baseUrl: 'https://a.example' } },
      'acme has the auth bearer; it takes a keyVariable',
    ],
    [
      { acme: { model: 'm', preset: 'claude', keyVariable: 'A_KEY' } },
      'acme has a key; it takes the baseUrl',
    ],
    [
      { max: { keyVariable: 'A_KEY' } },
      'max signs in by itself (login), so its keyVariable is null and not A_KEY.',
    ],
    [{ max: { baseUrl: 'https://a.example' } }, 'max signs in by itself (login), so its baseUrl is null.'],
  ])('refuses the route %j', (routes, message) => {
    const own = file(routes);
    if (!own.ok) throw new Error(own.error);
    const table = mergeRoutes(SHIPPED_ROUTES, own.value, new Map());
    expect(table.ok ? '' : table.error).toContain(`routes.json: ${message}`);
  });

  it('says what the whole takes', () => {
    expect(parseOwnRoutes('routes.json', '{')).toMatchObject({
      ok: false,
      error: expect.stringContaining('not valid JSON'),
    });
    expect(parseOwnRoutes('routes.json', '{"zai":{}}')).toMatchObject({
      ok: false,
      error: expect.stringContaining('takes { "version": 1'),
    });
  });
});

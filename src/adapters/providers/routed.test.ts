import { describe, expect, it } from 'vitest';
import type { AgentRoute } from '../../domain/agents/provider-route.ts';
import { routeOfAgent } from '../../domain/agents/provider-route.ts';
import { SHIPPED_ROUTES } from '../../domain/agents/seed-routes.ts';
import type { CommandRequest } from '../../ports/agent-provider.ts';
import { providerOf } from './registry.ts';
import { keptVariables, routeEnvironment } from './routed.ts';

const KEY = 'not-a-real-key-0123456789';

function routed(provider: string, change: Partial<AgentRoute> = {}) {
  const shipped = SHIPPED_ROUTES.get(provider);
  if (!shipped) throw new Error(provider);
  const route = { ...routeOfAgent(shipped, 'default'), ...change };
  const program = { kind: 'preset', preset: shipped.preset, model: shipped.model, route } as const;
  const preset = providerOf(program);
  if (!preset) throw new Error(shipped.preset);
  const request: CommandRequest = { program, permission: 'edits', sessionId: null, outFolder: '/out' };
  const key = shipped.keyVariable === null ? null : KEY;
  const environment = routeEnvironment(shipped.preset, {
    route,
    model: shipped.model,
    key,
    folder: '/state/route',
  });
  return { route, preset, command: preset.command(request), environment };
}

describe('an agent of a route', () => {
  it.each([...SHIPPED_ROUTES.keys()])('%s has its key in its environment alone', (provider) => {
    const { command, environment } = routed(provider);
    expect(JSON.stringify(command)).not.toContain(KEY);
    expect(Object.values(environment).filter((value) => value.includes(KEY))).toHaveLength(
      provider === 'max' ? 0 : 1,
    );
    const holders = Object.entries(environment).flatMap(([name, value]) => (value === KEY ? [name] : []));
    // Or the runner would not know what it has to take out.
    expect(holders.filter((name) => !/(?:KEY|TOKEN)$/.test(name))).toEqual([]);
  });

  it('by claude asks the endpoint of the route for its model alone', () => {
    const { command, environment } = routed('zai');
    expect(command.argv).toEqual(expect.arrayContaining(['--model', 'glm-4.6', '--setting-sources', 'user']));
    expect(environment).toMatchObject({
      ANTHROPIC_BASE_URL: 'https://api.z.ai/api/anthropic',
      ANTHROPIC_AUTH_TOKEN: KEY,
      ANTHROPIC_DEFAULT_HAIKU_MODEL: 'glm-4.6',
      CLAUDE_CONFIG_DIR: '/state/route',
    });
    expect(environment).not.toHaveProperty('ANTHROPIC_API_KEY');
    expect(routed('anthropic').environment).toMatchObject({ ANTHROPIC_API_KEY: KEY });
  });

  it('by claude signs in by itself for max, with a model as Anthropic names it', () => {
    const { command, environment } = routed('max');
    expect(environment).toEqual({});
    expect(command.argv).toEqual(expect.arrayContaining(['--model', 'claude-3-opus-20240229']));
    expect(command.argv).not.toContain('--setting-sources');
  });

  it('by gemini and opencode too', () => {
    const gemini = routed('gemini');
    expect(gemini.command.argv).toEqual(expect.arrayContaining(['--model', 'gemini-2.0-flash-exp']));
    expect(gemini.environment).toMatchObject({
      GEMINI_API_KEY: KEY,
      GOOGLE_GEMINI_BASE_URL: 'https://generativelanguage.googleapis.com',
    });
    const opencode = routed('xai');
    expect(opencode.command.argv).toEqual(expect.arrayContaining(['--model', 'cfn-route/grok-beta']));
    expect(opencode.environment).toMatchObject({
      CFN_PROVIDER_KEY: KEY,
      OPENCODE_DISABLE_PROJECT_CONFIG: '1',
    });
    expect(JSON.parse(opencode.command.env['OPENCODE_CONFIG_CONTENT'] ?? '')).toMatchObject({
      permission: { bash: { '*': 'deny' } },
      enabled_providers: ['cfn-route'],
      provider: {
        'cfn-route': { options: { baseURL: 'https://api.x.ai/v1', apiKey: '{env:CFN_PROVIDER_KEY}' } },
      },
    });
  });

  it('sees nothing of the user that signs in elsewhere or names an endpoint', () => {
    for (const route of SHIPPED_ROUTES.values()) {
      const kept = keptVariables(route.preset, routeOfAgent(route, 'default'));
      expect(
        kept.filter((name) => /API_KEY|ANTHROPIC|BASE_URL|HEADERS|BEDROCK|VERTEX|GOOGLE/.test(name)),
      ).toEqual([]);
    }
  });

  it('tells a price where one is known, and never that of another provider', () => {
    const line = JSON.stringify({
      type: 'result',
      subtype: 'success',
      is_error: false,
      result: 'done',
      total_cost_usd: 12,
      usage: { input_tokens: 1_000_000, cache_read_input_tokens: 1_000_000, output_tokens: 500_000 },
    });
    expect(routed('kimi').preset.createParser()(line)).not.toHaveProperty('costUsd');
    const price = { input: 1, cachedInput: 0.1, output: 4 };
    expect(routed('kimi', { price }).preset.createParser()(line)).toMatchObject({ costUsd: 3.1 });
    for (const own of ['anthropic', 'max'])
      expect(routed(own).preset.createParser()(line)).toMatchObject({ costUsd: 12 });
  });
});

import { describe, expect, it } from 'vitest';
import { SHIPPED_ROUTES } from '../../domain/agents/seed-routes.ts';
import { presetOf, type CrewMember } from '../../domain/loop/model.ts';
import type { ListedProfile } from '../../ports/agent-profiles.ts';
import { parseSettingsFile, REPOSITORY_SETTING_NAMES, type Settings } from '../../protocol/settings.ts';
import { needsDefaultPreset, resolveStartRequest, type StartInput } from '../resolve-start.ts';
import { findMissingKey } from './missing-key.ts';
import { routeNotes } from './route-words.ts';
import { routingOfEnvironment } from './routing-settings.ts';

const layer = (settings: Settings) => ({ settings, label: (name: string) => name });

function resolve(settings: Settings, change: Partial<StartInput> = {}) {
  return resolveStartRequest({
    folder: '/repository',
    taskId: null,
    description: 'Fix the login',
    requirements: [],
    acceptance: [],
    layers: [layer({ mode: 'mvp', customRouting: true, ...settings })],
    foundPresets: ['codex'],
    routes: SHIPPED_ROUTES,
    ...change,
  });
}

function crewOf(settings: Settings, change: Partial<StartInput> = {}): readonly CrewMember[] {
  const request = resolve(settings, change);
  if (!request.ok) throw new Error(request.error);
  return request.value.crew;
}

const programs = (crew: readonly CrewMember[]) => [...new Set(crew.map(({ program }) => presetOf(program)))];

const profile = (id: string, rest: Partial<ListedProfile> = {}): ListedProfile => ({
  id,
  name: id,
  description: '',
  provider: null,
  model: null,
  instructions: `I am ${id}.`,
  warnings: [],
  path: `/repository/.claude/agents/cfn-dev-team/${id}.json`,
  shownPath: `.claude/agents/cfn-dev-team/${id}.json`,
  origin: 'repository',
  hiddenBy: null,
  ...rest,
});
const architect = profile('system-architect', { provider: 'anthropic', model: 'claude-3-5-sonnet-20241022' });

describe('[SI-070] [X-14] routing', () => {
  it('is off unless somebody switches it on: the agent of the person runs as it did', () => {
    expect(programs(crewOf({ customRouting: false }))).toEqual(['codex']);
    const { customRouting: _off, ...settings } = { customRouting: true };
    expect(programs(crewOf(settings, { layers: [layer({ mode: 'mvp' })] }))).toEqual(['codex']);
    const hard = { customRouting: false, complexity: 'high', costSensitive: true } as const;
    expect(crewOf(hard).every(({ program }) => program?.kind === 'preset' && !program.route)).toBe(true);
  });

  it('is switched on by the environment or by a person, and by no repository', () => {
    expect(routingOfEnvironment({})).toEqual({ ok: true, value: null });
    expect(routingOfEnvironment({ CFN_CUSTOM_ROUTING: 'true', DEFAULT_PROVIDER: ' zai ' })).toMatchObject({
      value: { settings: { customRouting: true, defaultProvider: 'zai' } },
    });
    expect(routingOfEnvironment({ CFN_CUSTOM_ROUTING: 'false' })).toMatchObject({
      value: { settings: { customRouting: false } },
    });
    expect(routingOfEnvironment({ CFN_CUSTOM_ROUTING: '1' })).toEqual({
      ok: false,
      error: 'CFN_CUSTOM_ROUTING is "1"; it takes true or false.',
    });
    for (const name of ['customRouting', 'defaultProvider', 'costProvider', 'highComplexityProvider']) {
      expect(parseSettingsFile('.cfn/config.json', `{"${name}": true}`, REPOSITORY_SETTING_NAMES)).toEqual({
        ok: false,
        error: `.cfn/config.json: ${name} is yours to set, not the repository's; use your own settings.`,
      });
    }
  });

  it('gives agents that nobody named a program for the one of their provider, without looking for a CLI', () => {
    const layers = [layer({ mode: 'mvp', customRouting: true })];
    expect(needsDefaultPreset(layers)).toBe(false);
    const crew = crewOf({}, { foundPresets: [], layers });
    expect(programs(crew)).toEqual(['claude (kimi)']);
    expect(crew[0]?.program).toEqual({
      kind: 'preset',
      preset: 'claude',
      model: 'kimi-latest',
      route: {
        provider: 'kimi',
        baseUrl: 'https://api.moonshot.ai/anthropic',
        auth: 'bearer',
        keyVariable: 'MOONSHOT_API_KEY',
        because: 'default',
      },
    });
  });

  it('takes the place of the default preset, and of no program that somebody named', () => {
    const crew = crewOf({
      preset: 'pi',
      agents: ['own=codex', 'asked=routed'],
      validators: ["exec:sh -c 'true'"],
      productOwner: 'human',
    });
    expect(crew.map(({ program }) => presetOf(program))).toEqual(['codex', 'claude (kimi)', 'exec', 'human']);
    expect(resolve({ customRouting: false, agents: ['routed'] })).toEqual({
      ok: false,
      error:
        'The agent implementer-1 is "routed", and routing is off; set CFN_CUSTOM_ROUTING=true or customRouting of your own settings, or name a preset.',
    });
  });

  it('[SI-079] asks the agent’s profile, then the task, then the default', () => {
    const agents = { agents: ['@system-architect', '@coder'], productOwner: 'demo', validators: ['demo'] };
    const profiles = [architect, profile('coder', { model: 'opus' })];
    const of = (settings: Settings) =>
      crewOf({ ...agents, ...settings }, { profiles })
        .slice(0, 2)
        .map(({ program }) => (program?.kind === 'preset' ? [program.route?.provider, program.model] : []));
    const own = ['anthropic', 'claude-3-5-sonnet-20241022'];
    expect(of({})).toEqual([own, ['kimi', 'kimi-latest']]);
    expect(of({ costSensitive: true })).toEqual([own, ['zai', 'glm-4.6']]);
    expect(of({ costSensitive: true, complexity: 'high' })[1]).toEqual(own);
    expect(of({ complexity: 'medium', defaultProvider: 'gemini' })[1]).toEqual([
      'gemini',
      'gemini-2.0-flash-exp',
    ]);
    const chosen = { complexity: 'high', highComplexityProvider: 'openrouter', costProvider: 'xai' } as const;
    expect(of(chosen)[1]?.[0]).toBe('openrouter');
    expect(of({ costSensitive: true, costProvider: 'xai' })[1]?.[0]).toBe('xai');
  });

  it('takes no flag for the model of a profile', () => {
    const sly = profile('coder', { provider: 'zai', model: '--dangerously-skip-permissions' });
    const crew = crewOf(
      { agents: ['@coder'], validators: ['demo'], productOwner: 'demo' },
      { profiles: [sly] },
    );
    expect(crew[0]?.program).toMatchObject({
      model: 'glm-4.6',
      route: { provider: 'zai', because: 'profile' },
    });
  });

  it('refuses a provider without a route, whoever names it', () => {
    const stranger = profile('coder', { provider: 'https://evil.example' });
    const request = resolve({ agents: ['@coder'], validators: ['demo'] }, { profiles: [stranger] });
    expect(request).toEqual({
      ok: false,
      error:
        'The agent implementer-1 is to ask the provider "https://evil.example" that its profile names, which has no route; there is zai, kimi, openrouter, max, anthropic, gemini, xai, and your own routes.json adds others.',
    });
    expect(resolve({ defaultProvider: 'constructor' })).toMatchObject({
      error: expect.stringContaining('"constructor" that DEFAULT_PROVIDER (defaultProvider) names'),
    });
  });

  it('keeps the route of a loop that is gone on from', () => {
    const members = crewOf({});
    const kept = { ...layer({}), crew: { members, decidedBy: 'agent' as const } };
    const layers = [kept, layer({ mode: 'mvp', customRouting: true, defaultProvider: 'xai' })];
    expect(crewOf({}, { layers })).toEqual(members);
  });

  it('[FL-140] asks the provider for cheap tasks where costs are to be saved', () => {
    const said = routingOfEnvironment({ CFN_CUSTOM_ROUTING: 'true', COST_SAVINGS_MODE: 'yes' });
    if (!said.ok || said.value === null) throw new Error('nothing was said');
    expect(programs(crewOf({}, { layers: [said.value, layer({ mode: 'mvp' })] }))).toEqual(['claude (zai)']);
  });
});

describe('a route in a plan', () => {
  it('is told with its place and its reason, once for all who share it', () => {
    const crew = crewOf(
      { agents: ['@system-architect', 'routed'], productOwner: 'demo' },
      { profiles: [architect] },
    );
    expect(routeNotes(crew)).toEqual([
      'implementer-1 asks anthropic (claude-3-5-sonnet-20241022) at api.anthropic.com by claude: named by the profile.',
      'implementer-2, validator-1, validator-2 ask kimi (kimi-latest) at api.moonshot.ai by claude: the default provider.',
    ]);
    expect(routeNotes(crewOf({ defaultProvider: 'max' }))[0]).toContain(
      'with the sign-in of its CLI by claude',
    );
  });

  it('needs its key before anything starts', async () => {
    const has =
      (...names: string[]) =>
      (variable: string) =>
        Promise.resolve(names.includes(variable));
    const crew = crewOf({ costSensitive: true });
    expect(await findMissingKey(crew, has('ZAI_API_KEY'))).toBeNull();
    expect(await findMissingKey(crew, has('MOONSHOT_API_KEY'))).toBe(
      'The agent implementer-1 asks the provider zai, whose key is not there: set the environment variable ZAI_API_KEY, or in VS Code run "CFN: Set Provider Key".',
    );
    expect(await findMissingKey(crewOf({ defaultProvider: 'max' }), has())).toBeNull();
    expect(await findMissingKey(crewOf({ customRouting: false }), has())).toBeNull();
  });
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEnvironments } from './agent-start.ts';
import { silentLogger } from './base/logger.ts';
import { routeOfAgent, type AgentRoute } from './domain/agents/provider-route.ts';
import { SHIPPED_ROUTES } from './domain/agents/seed-routes.ts';
import type { AgentProgram } from './domain/loop/model.ts';

const KEYS: Readonly<Record<string, string>> = {
  ZAI_API_KEY: 'not-a-real-key-of-zai-0123456789',
  MOONSHOT_API_KEY: 'not-a-real-key-of-kimi-0123456789',
};
const OWN = 'the-person-has-this-for-anthropic';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'cfn-start-'));
});
afterEach(() => rm(home, { recursive: true }));

const environments = (keys = KEYS) =>
  createEnvironments({
    options: {
      logger: silentLogger,
      env: {
        HOME: home,
        ANTHROPIC_API_KEY: OWN,
        ANTHROPIC_BASE_URL: 'https://gateway.example.org',
        IS_SANDBOX: '1',
      },
      programs: home,
    },
    home,
    loginPath: () => Promise.resolve('/bin'),
    modelServer: null,
    keyOf: (variable) => Promise.resolve(keys[variable] ?? null),
  });

function program(provider: string, change: Partial<AgentRoute> = {}): AgentProgram {
  const shipped = SHIPPED_ROUTES.get(provider);
  if (!shipped) throw new Error(provider);
  const route = { ...routeOfAgent(shipped, 'default'), ...change };
  return { kind: 'preset', preset: shipped.preset, model: shipped.model, route };
}

const attempt = {
  taskId: 't',
  agentId: 'implementer-1',
  provider: 'zai',
  role: 'implementer',
  iteration: 1,
  attempt: 1,
  runToken: 'token',
  nonce: 'nonce',
  promptFile: '/a/prompt.md',
  contextFile: '/a/context.json',
  resultFile: '/a/out/result.json',
  redisUrl: null,
  totalLimitMs: 1000,
  worktree: null,
  repairError: null,
} as const;

describe('an agent of a route', () => {
  it('gets the key of its provider, and none of what its person signs in with elsewhere', async () => {
    const env = await environments().forAgent({ ...attempt, program: program('zai') });
    expect(env).toMatchObject({
      ANTHROPIC_AUTH_TOKEN: KEYS['ZAI_API_KEY'],
      ANTHROPIC_BASE_URL: 'https://api.z.ai/api/anthropic',
      CLAUDE_CONFIG_DIR: join(home, 'routes', 'zai', 'claude'),
      IS_SANDBOX: '1',
      PROVIDER: 'zai',
    });
    expect(JSON.stringify(env)).not.toContain(OWN);
    expect(JSON.stringify(env)).not.toContain(KEYS['MOONSHOT_API_KEY']);
  });

  it('[X-14] without a route runs as its person set it up, with no key of a provider', async () => {
    const env = await environments().forAgent({ ...attempt, program: { kind: 'preset', preset: 'claude' } });
    expect(env).toMatchObject({ ANTHROPIC_API_KEY: OWN, ANTHROPIC_BASE_URL: 'https://gateway.example.org' });
    expect(env).not.toHaveProperty('CLAUDE_CONFIG_DIR');
    for (const key of Object.values(KEYS)) expect(JSON.stringify(env)).not.toContain(key);
  });

  it('is not started when its key is gone meanwhile', async () => {
    await expect(environments({}).forAgent({ ...attempt, program: program('zai') })).rejects.toThrow(
      /^The agent implementer-1 asks the provider zai, whose key is not there: set the environment variable ZAI_API_KEY/,
    );
  });
});

describe('the account of an agent of a route', () => {
  it('is that of its provider and key, whichever CLI asks, and no other', async () => {
    const { accountOf } = environments();
    const account = await accountOf(program('zai'));
    expect(account?.name).toBe('zai');
    const byOther = { ...program('zai'), preset: 'opencode' } as AgentProgram;
    expect(await accountOf(byOther)).toEqual(account);
    const others = [
      await accountOf(program('kimi')),
      await accountOf(program('zai', { baseUrl: 'https://gateway.example.org' })),
      await environments({ ZAI_API_KEY: 'another-key-of-the-same-provider' }).accountOf(program('zai')),
      await accountOf({ kind: 'preset', preset: 'claude' }),
    ];
    expect(new Set([account, ...others].map((each) => each?.id)).size).toBe(5);
  });

  it('of a CLI that signs in by itself is named after that CLI', async () => {
    expect(await environments().accountOf(program('max'))).toMatchObject({ name: 'claude' });
  });

  it('says nothing of the key, here or on disk', async () => {
    const account = await environments().accountOf(program('zai'));
    const kept = await readFile(join(home, 'account-key'), 'utf8');
    expect(`${JSON.stringify(account)}${kept}`).not.toContain(KEYS['ZAI_API_KEY']);
  });
});

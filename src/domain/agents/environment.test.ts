import { describe, expect, it } from 'vitest';
import { agentEnvironment, evidenceEnvironment, type AgentEnvironment } from './environment.ts';

const request: AgentEnvironment = {
  platform: 'linux',
  user: {
    HOME: '/home/ada',
    PATH: '/ignored',
    LC_ALL: 'C.UTF-8',
    XDG_CACHE_HOME: '/c',
    HTTPS_PROXY: 'http://p',
    ANTHROPIC_API_KEY: 'sk-a',
    OPENAI_API_KEY: 'sk-o',
    GITHUB_TOKEN: 'gh',
    SSH_AUTH_SOCK: '/run/ssh',
    GIT_ASKPASS: '/vscode/askpass.sh',
    ELECTRON_RUN_AS_NODE: '1',
    NODE_OPTIONS: '--inspect',
  },
  path: '/usr/bin:/bin',
  binFolder: '/state/bin',
  presetVariables: ['ANTHROPIC_API_KEY'],
  taskId: 'task-1',
  agentId: 'backend-1',
  provider: 'claude',
  role: 'implementer',
  iteration: 2,
  attempt: 1,
  runToken: 'token',
  nonce: 'nonce',
  promptFile: '/a/prompt.md',
  contextFile: '/a/context.json',
  resultFile: '/a/out/result.json',
  redisUrl: 'redis://t:p@127.0.0.1:1',
  totalLimitMs: 3_600_000,
  worktree: {
    branch: 'cfn/task-1/backend-1',
    composeProjectName: 'cfn-task-1-backend-1',
    ports: { base: 20000, redis: 6421, postgres: 5474, orchestrator: 3043 },
  },
  repairError: null,
};

describe('the environment of an agent', () => {
  it('[SI-061] [SI-066] [SI-091] names the agent, its task, its files, its worktree and its limit', () => {
    expect(agentEnvironment(request)).toMatchObject({
      AGENT_ID: 'backend-1',
      TASK_ID: 'task-1',
      MODE: 'cli',
      PROVIDER: 'claude',
      AGENT_TIMEOUT: '3600',
      CFN_ROLE: 'implementer',
      CFN_ITERATION: '2',
      CFN_ATTEMPT: '1',
      CFN_RUN_TOKEN: 'token',
      CFN_NONCE: 'nonce',
      CFN_PROMPT_FILE: '/a/prompt.md',
      CFN_CONTEXT_FILE: '/a/context.json',
      CFN_RESULT_FILE: '/a/out/result.json',
      CFN_REDIS_URL: 'redis://t:p@127.0.0.1:1',
      WORKTREE_BRANCH: 'cfn/task-1/backend-1',
      COMPOSE_PROJECT_NAME: 'cfn-task-1-backend-1',
      CFN_REDIS_PORT: '6421',
      CFN_POSTGRES_PORT: '5474',
      CFN_ORCHESTRATOR_PORT: '3043',
      CFN_PORT_BASE: '20000',
    });
  });

  it('passes the base and the preset’s own key, and no other secret or socket', () => {
    const env = agentEnvironment(request);
    expect(env).toMatchObject({
      HOME: '/home/ada',
      LC_ALL: 'C.UTF-8',
      XDG_CACHE_HOME: '/c',
      HTTPS_PROXY: 'http://p',
      ANTHROPIC_API_KEY: 'sk-a',
    });
    for (const name of [
      'OPENAI_API_KEY',
      'GITHUB_TOKEN',
      'SSH_AUTH_SOCK',
      'GIT_ASKPASS',
      'ELECTRON_RUN_AS_NODE',
      'NODE_OPTIONS',
      'CFN_MCP_URL',
      'CFN_REPAIR',
    ]) {
      expect(env).not.toHaveProperty(name);
    }
  });

  it('puts cfn first on the login shell’s PATH', () => {
    expect(agentEnvironment(request)['PATH']).toBe('/state/bin:/usr/bin:/bin');
  });

  it('compares names without case on Windows and has one PATH', () => {
    const env = agentEnvironment({
      ...request,
      platform: 'win32',
      user: {
        Path: 'C:\\old',
        SYSTEMROOT: 'C:\\Windows',
        AppData: 'C:\\a',
        anthropic_api_key: 'k',
        HOME: 'x',
      },
      path: 'C:\\bin',
      binFolder: 'C:\\cfn',
    });
    expect(env).toMatchObject({
      PATH: 'C:\\cfn;C:\\bin',
      SYSTEMROOT: 'C:\\Windows',
      AppData: 'C:\\a',
      anthropic_api_key: 'k',
    });
    expect(env).not.toHaveProperty('Path');
    expect(env).not.toHaveProperty('HOME');
  });

  it('leaves out what is not built or not leased', () => {
    const env = agentEnvironment({
      ...request,
      redisUrl: null,
      worktree: { branch: 'b', composeProjectName: 'p', ports: null },
    });
    for (const name of ['CFN_REDIS_URL', 'CFN_REDIS_PORT', 'CFN_PORT_BASE'])
      expect(env).not.toHaveProperty(name);
    expect(env).toHaveProperty('WORKTREE_BRANCH', 'b');
  });

  it('says in a repair what was wrong', () => {
    const env = agentEnvironment({ ...request, repairError: 'confidence is missing' });
    expect(env).toMatchObject({ CFN_REPAIR: '1', CFN_REPAIR_ERROR: 'confidence is missing' });
  });
});

it('gives evidence no key, no nonce and no token', () => {
  const env = evidenceEnvironment(request);
  expect(env).toMatchObject({ CI: 'true', HOME: '/home/ada', GIT_TERMINAL_PROMPT: '0' });
  expect(Object.keys(env).filter((name) => /KEY$|NONCE|TOKEN|RESULT|^TASK_ID/.test(name))).toEqual([]);
});

it('lets no program of a checkout stand for one on PATH while Windows collects evidence', () => {
  expect(evidenceEnvironment({ ...request, platform: 'win32' })).toMatchObject({
    NoDefaultCurrentDirectoryInExePath: '1',
  });
  expect(evidenceEnvironment(request)).not.toHaveProperty('NoDefaultCurrentDirectoryInExePath');
});

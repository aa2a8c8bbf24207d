import { describe, expect, it } from 'vitest';
import { err, ok } from '../base/result.ts';
import type { Attachments } from '../ports/attachments.ts';
import type { LoopServiceDeps } from './create-loop-service.ts';
import { planStart } from './plan-start.ts';
import { resolveStartRequest } from './resolve-start.ts';
import type { StartRequest } from './start-request.ts';

function requestOf(
  settings: {
    readonly maxParallelAgents?: number;
    readonly sparse?: string[];
    readonly skills?: string[];
  } = {},
): StartRequest {
  const request = resolveStartRequest({
    folder: '/repository',
    taskId: 'fix-login',
    description: 'Fix the login',
    requirements: [],
    acceptance: [],
    layers: [{ settings: { preset: 'demo', mode: 'mvp', ...settings }, label: (name) => name }],
    foundPresets: [],
  });
  if (!request.ok) throw new Error(request.error);
  return request.value;
}

const depsOf = (
  change: Partial<LoopServiceDeps> & { readonly found?: readonly string[]; readonly taken?: boolean } = {},
) =>
  ({
    sequential: false,
    hasProviderKey: () => Promise.resolve(false),
    parallelAgents: () => 4,
    detectAgents: () => Promise.resolve([]),
    store: { exists: () => Promise.resolve(change.taken ?? false) },
    repository: { facts: { root: '/repository', prefix: '' } },
    discoverEvidence: () =>
      Promise.resolve((change.found ?? ['npm test']).map((command) => ({ command, from: 'package.json' }))),
    discoverInstalls: () => Promise.resolve([]),
    attachments: { look: () => Promise.resolve(ok([])) },
    choices: { read: () => Promise.resolve({ setUp: null, codePlace: null }) },
    ...change,
  }) as unknown as LoopServiceDeps;

const planOf = async (deps: LoopServiceDeps, request = requestOf()) => {
  const plan = await planStart(deps, request);
  if (!plan.ok) throw new Error(plan.error.message);
  return plan.value;
};

describe('the plan of a start', () => {
  it("[SI-008] says which MCP servers agents will see, what is missing, and what of a person's file is wrong", async () => {
    const servers = (found: Awaited<ReturnType<LoopServiceDeps['mcpServers']['forSkills']>>) =>
      depsOf({ mcpServers: { forSkills: () => Promise.resolve(found) } });
    const request = requestOf({ skills: ['browser-automation'] });
    const launch = {
      id: 'playwright',
      title: 'Playwright',
      start: { kind: 'process', node: true, argv: ['/cli.js'] },
      needs: [],
      variables: [],
      env: {},
      health: { intervalMs: 1, timeoutMs: 1, retries: 1 },
    } as const;
    const there = ok({ launches: [launch], secrets: {}, missing: ['N8N is not ready.'] });
    const { summary } = await planOf(servers(there), request);
    expect(summary).toContain('Agents see the MCP servers Playwright. N8N is not ready.');
    expect(await planStart(servers(err('mcp-servers.json is wrong.')), request)).toMatchObject({
      ok: false,
      error: { kind: 'input', message: 'mcp-servers.json is wrong.' },
    });
  });

  it('says the most that may run before anything runs', async () => {
    expect((await planOf(depsOf())).summary).toBe(
      'At most 40 agent runs, 4 at a time. Evidence: `npm test`. Nothing is merged into your branch.',
    );
    expect((await planOf(depsOf(), requestOf({ maxParallelAgents: 2 }))).maxParallelAgents).toBe(2);
  });

  it('[FL-140] runs one agent at a time to save costs, whatever else was said', async () => {
    const deps = depsOf({ sequential: true });
    expect((await planOf(deps)).maxParallelAgents).toBe(1);
    expect((await planOf(deps, requestOf({ maxParallelAgents: 8 }))).maxParallelAgents).toBe(1);
  });

  it('names the attached files as agents get them, and passes on why one cannot be taken', async () => {
    const file = { name: 'a.png', file: '1-a.png', bytes: 3, kind: 'image', sha256: 'a' } as const;
    const attachments = { look: () => Promise.resolve(ok([file])) } as unknown as Attachments;
    const plan = await planOf(depsOf({ attachments }));
    expect(plan.attachments).toEqual([file]);
    expect(plan.summary).toContain('1 file is attached. ');
    const look = () => Promise.resolve(err('The attachment "/x" is not there.'));
    expect(await planStart(depsOf({ attachments: { ...attachments, look } }), requestOf())).toEqual({
      ok: false,
      error: { kind: 'input', message: 'The attachment "/x" is not there.' },
    });
  });

  it('says what worktrees contain where that is not everything', async () => {
    const { request, summary } = await planOf(depsOf(), requestOf({ sparse: ['src', 'packages/a'] }));
    expect(request.sparse).toEqual(['src', 'packages/a']);
    expect(summary).toContain(' Worktrees contain src, packages/a alone. ');
    expect((await planOf(depsOf(), requestOf({ sparse: [] }))).request).not.toHaveProperty('sparse');
  });

  it('says that a queued loop waits', async () => {
    const plan = await planOf(depsOf(), { ...requestOf(), queued: true });
    expect(plan.summary).toContain('It begins once no other loop is at work on this machine. ');
  });

  it('refuses a repository without a test command, and names --evidence', async () => {
    expect(await planStart(depsOf({ found: [] }), requestOf())).toMatchObject({
      ok: false,
      error: { kind: 'input', message: expect.stringContaining('--evidence') },
    });
  });

  it('proposes what lockfiles ask for, with what was chosen before; nothing where there is nothing', async () => {
    expect((await planOf(depsOf())).installs).toBeNull();
    const discoverInstalls = () => Promise.resolve(['npm ci']);
    const chosen = { setUp: 'none', codePlace: 'container' } as const;
    const choices = { read: () => Promise.resolve(chosen), remember: () => Promise.resolve() };
    expect((await planOf(depsOf({ discoverInstalls }))).installs).toEqual({
      commands: ['npm ci'],
      chosen: null,
    });
    const plan = await planOf(depsOf({ discoverInstalls, choices }));
    expect(plan.installs?.chosen).toBe('none');
    expect(plan.codePlace).toEqual({ flag: null, remembered: 'container' });
  });

  it('refuses a task id that is taken', async () => {
    expect(await planStart(depsOf({ taken: true }), requestOf())).toMatchObject({
      ok: false,
      error: { kind: 'state', message: expect.stringContaining('fix-login') },
    });
  });
});

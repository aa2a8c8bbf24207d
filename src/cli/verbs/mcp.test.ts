import { expect, it } from 'vitest';
import type { McpServersService, ServerStanding } from '../../app/mcp-servers/mcp-servers.ts';
import { err, ok } from '../../base/result.ts';
import { CATALOGUE } from '../../domain/mcp-servers/catalogue.ts';
import { dispatch } from '../dispatch.ts';
import { createTestWorld } from '../test-service.ts';

async function mcp(argv: readonly string[], mcpServers: Partial<McpServersService> = {}) {
  const { context, output } = createTestWorld({ mcpServers });
  const exit = await dispatch(['mcp', ...argv], '1.2.3', context);
  return { exit, stdout: output.stdout, stderr: output.stderr };
}

const standings: readonly ServerStanding[] = [...CATALOGUE.values()].map((server) => ({
  server,
  skills: ['a', 'b'],
  ready: server.id === 'playwright',
  message: server.id === 'playwright' ? 'is installed' : 'is not there',
}));
const known = { standings: () => Promise.resolve(ok(standings)) };

it('lists the servers with what they are for, what was verified and what is missing', async () => {
  const { exit, stdout } = await mcp([], known);
  expect(exit).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^ok +playwright +a, b +verified 2026-11-27 +is installed$/);
  expect(lines[1]).toMatch(/^- +redis-tools +a, b +catalogue, not verified +is not there$/);
  expect(JSON.parse((await mcp(['list', '--json'], known)).stdout)).toMatchObject({
    servers: [{ server: { id: 'playwright' }, ready: true }, {}, {}, {}],
  });
});

it('tells what is wrong with the file of a person', async () => {
  const wrong = { standings: () => Promise.resolve(err('mcp-servers.json is not valid JSON.')) };
  expect(await mcp([], wrong)).toMatchObject({ exit: 2, stderr: 'mcp-servers.json is not valid JSON.\n' });
});

it('check ends with 1 where a server that is there does not answer', async () => {
  const asked: unknown[] = [];
  const check = (status: 'answers' | 'fails' | 'absent') => ({
    check: (ids: readonly string[]) => {
      asked.push(ids);
      return Promise.resolve(ok([{ id: 'n8n', status, message: 'It said so.', tools: [] }]));
    },
  });
  expect(await mcp(['check', 'n8n'], check('answers'))).toMatchObject({
    exit: 0,
    stdout: 'ok   It said so.\n',
  });
  expect(await mcp(['check'], check('absent'))).toMatchObject({ exit: 0, stdout: '-    It said so.\n' });
  expect(await mcp(['check'], check('fails'))).toMatchObject({ exit: 1, stdout: 'FAIL It said so.\n' });
  expect(asked).toEqual([['n8n'], [], []]);
});

it('install fetches nothing before it is told to', async () => {
  const fetched: string[] = [];
  const plan = { id: 'playwright', wanted: 'p@1', folder: '/f', installed: false };
  const servers: Partial<McpServersService> = {
    installPlan: () => Promise.resolve(ok(plan)),
    install: ({ id }) => {
      fetched.push(id);
      return Promise.resolve(ok(undefined));
    },
  };
  expect(await mcp(['install', 'playwright'], servers)).toMatchObject({
    exit: 0,
    stdout: expect.stringMatching(/^npm would fetch p@1 .* into \/f, .*cfn mcp install playwright --yes\n$/),
  });
  expect(fetched).toEqual([]);
  expect(await mcp(['install', 'playwright', '--yes'], servers)).toMatchObject({
    exit: 0,
    stdout: 'p@1 is installed in /f.\n',
  });
  expect(fetched).toEqual(['playwright']);
  const failing = { ...servers, install: () => Promise.resolve(err('npm was not found.')) };
  expect(await mcp(['install', 'playwright', '--yes'], failing)).toMatchObject({
    exit: 1,
    stderr: 'npm was not found.\n',
  });
});

it.each([
  [['nope'], 'cfn mcp is given "nope"; it takes list, check, install.'],
  [['list', 'x'], 'cfn mcp list is given "x" too much.'],
  [['check', '--yes'], '--yes goes with install.'],
  [['install'], 'cfn mcp install takes one server.'],
])('refuses %j', async (argv, message) => {
  expect(await mcp(argv)).toMatchObject({ exit: 2, stderr: `${message}\n` });
});

import { describe, expect, it } from 'vitest';
import type { RouteProbe } from '../../app/routing/provider-routing.ts';
import { err, ok } from '../../base/result.ts';
import { SHIPPED_ROUTES } from '../../domain/agents/seed-routes.ts';
import { dispatch } from '../dispatch.ts';
import { createTestWorld, type TestWorldOptions } from '../test-service.ts';

const routes = [...SHIPPED_ROUTES.values()];
const standings = routes.map((route) => ({
  ...route,
  hasKey: route.keyVariable === null ? null : route.provider === 'zai',
}));

async function agents(argv: readonly string[], routing: NonNullable<TestWorldOptions['routing']> = {}) {
  const { context, output } = createTestWorld({ routing });
  const exit = await dispatch(['agents', ...argv], '1.2.3', context);
  return { exit, stdout: output.stdout, stderr: output.stderr };
}

describe('[X-21] agents --routes', () => {
  const known = { standings: () => Promise.resolve(ok(standings)) };

  it('lists the table, with whose key is there and what was verified', async () => {
    const { exit, stdout } = await agents(['--routes'], known);
    expect(exit).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(7);
    expect(lines[0]).toMatch(
      /^zai +glm-4\.6 +claude +ZAI_API_KEY is set +from the seed, not verified +price unknown +https:\/\/api\.z\.ai/,
    );
    expect(lines[1]).toContain('MOONSHOT_API_KEY is missing');
    expect(lines[3]).toMatch(/no key needed .* its CLI's own sign-in$/);
  });

  it('tells the day and the price where they are known', async () => {
    const own = {
      lastVerified: '2026-11-27',
      price: { input: 0.6, cachedInput: 0.1, output: 2.2 },
      origin: 'yours',
    } as const;
    const table = standings.map((route) => ({ ...route, ...own }));
    const { stdout } = await agents(['--routes'], { standings: () => Promise.resolve(ok(table)) });
    expect(stdout).toContain('verified 2026-11-27');
    expect(stdout).toContain('$0.6 in, $2.2 out a million tokens');
  });

  it('is one object with --json', async () => {
    const { stdout } = await agents(['--routes', '--json'], known);
    expect(JSON.parse(stdout)).toEqual({ routes: standings });
  });

  it('says what is wrong with the table', async () => {
    const wrong = {
      standings: () => Promise.resolve(err('routes.json is not valid JSON; correct or remove it.')),
    };
    expect(await agents(['--routes'], wrong)).toMatchObject({
      exit: 2,
      stderr: 'routes.json is not valid JSON; correct or remove it.\n',
    });
  });
});

describe('[X-21] agents --routes --probe', () => {
  const probed = (status: RouteProbe['status']) => ({
    standings: () => Promise.reject(new Error('asked for the table alone')),
    probe: () =>
      Promise.resolve(
        ok(standings.slice(0, 1).map((route) => ({ ...route, status, message: 'zai said so.' }))),
      ),
  });

  it.each([
    ['there', 0, 'ok   zai said so.\n'],
    ['unknown', 0, '-    zai said so.\n'],
    ['absent', 1, 'FAIL zai said so.\n'],
  ] as const)('of a model that is %s ends with %i', async (status, exit, stdout) => {
    expect(await agents(['--routes', '--probe'], probed(status))).toMatchObject({ exit, stdout });
  });

  it('asks nobody unless both words are said', async () => {
    expect(await agents(['--probe'], probed('there'))).toMatchObject({
      exit: 2,
      stderr: '--probe asks providers; it takes --routes beside it.\n',
    });
  });
});

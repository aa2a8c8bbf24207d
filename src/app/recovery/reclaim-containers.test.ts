import { expect, it } from 'vitest';
import { silentLogger } from '../../base/logger.ts';
import { err, ok } from '../../base/result.ts';
import { containerLimits } from '../../domain/containers/plan.ts';
import type { LedgerEntry } from '../../ports/journal.ts';
import { reclaimContainers, type ReclaimDeps } from './reclaim-containers.ts';

const container = {
  engine: { source: 'socket', host: 'unix:///docker.sock' },
  image: 'cfn-agent:latest',
  limits: containerLimits('mvp'),
  network: 'internal',
  allow: [],
} as const;
const attempt = (runToken: string): LedgerEntry => ({
  kind: 'attempt',
  id: `attempt:/${runToken}`,
  taskId: 'other',
  folder: `/${runToken}`,
  runToken,
});
const command = (runToken: string, taskId: string): LedgerEntry => ({
  kind: 'command',
  id: `command:${runToken}`,
  taskId,
  runToken,
});

interface Found {
  /** Run tokens. */
  readonly runs?: readonly string[];
  readonly tasks?: readonly string[];
}

const runsOf = (tokens: readonly string[] = []) =>
  tokens.map((runToken) => ({ runToken, taskId: 'other', epoch: 1 }));

async function reclaim(found: Found | string, entries: readonly LedgerEntry[], held: readonly string[] = []) {
  const ended: string[] = [];
  const released: string[] = [];
  const deps = {
    logger: silentLogger,
    repository: { facts: { id: 'repository' } },
    store: { held: (taskId: string) => Promise.resolve(held.includes(taskId)) },
    ledger: { entries: () => Promise.resolve(entries) },
    watch: {
      standing: (folder: string) =>
        Promise.resolve(folder === '/works' ? { kind: 'running', pid: 7 } : { kind: 'gone' }),
    },
    containers: {
      made: () =>
        Promise.resolve(
          typeof found === 'string' ? err(found) : ok({ tasks: [], ...found, runs: runsOf(found.runs) }),
        ),
      endRun: (_: unknown, runToken: string) => {
        ended.push(runToken);
        return Promise.resolve(1);
      },
      removeNetworks: (_: unknown, { taskId }: { readonly taskId: string }) => {
        released.push(taskId);
        return Promise.resolve(ok(1));
      },
    },
  } as unknown as ReclaimDeps;
  const count = await reclaimContainers(deps, { container, taskId: 'mine' });
  return { count, ended, released };
}

it('[X-18] removes containers that nobody owns, and leaves those of agents at work and of other loops', async () => {
  const entries = [attempt('works'), attempt('gone'), command('mine', 'mine'), command('theirs', 'other')];
  expect(await reclaim({ runs: ['works', 'gone', 'mine', 'theirs', 'unknown'] }, entries)).toEqual({
    count: 3,
    ended: ['gone', 'mine', 'unknown'],
    released: [],
  });
});

it('[X-18] removes networks of loops that nobody runs, and leaves its own, those held and those with an agent at work', async () => {
  const tasks = ['mine', 'held', 'dead', 'other', 'evidence'];
  const entries = [attempt('gone'), attempt('works'), command('theirs', 'evidence')];
  expect(await reclaim({ tasks }, entries, ['held'])).toEqual({ count: 0, ended: [], released: ['dead'] });
  expect((await reclaim({ tasks }, [attempt('gone')], ['held'])).released).toEqual([
    'dead',
    'other',
    'evidence',
  ]);
});

it('goes on without where the engine does not answer', async () => {
  expect(await reclaim('It is away.', [attempt('gone')])).toEqual({ count: 0, ended: [], released: [] });
});

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
  network: 'none',
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

async function reclaim(runs: readonly string[] | string, entries: readonly LedgerEntry[]) {
  const ended: string[] = [];
  const deps = {
    logger: silentLogger,
    repository: { facts: { id: 'repository' } },
    ledger: { entries: () => Promise.resolve(entries) },
    watch: {
      standing: (folder: string) =>
        Promise.resolve(folder === '/works' ? { kind: 'running', pid: 7 } : { kind: 'gone' }),
    },
    containers: {
      runs: () => Promise.resolve(typeof runs === 'string' ? err(runs) : ok(runs)),
      endRun: (_: unknown, runToken: string) => {
        ended.push(runToken);
        return Promise.resolve(1);
      },
    },
  } as unknown as ReclaimDeps;
  const count = await reclaimContainers(deps, { container, taskId: 'mine' });
  return { count, ended };
}

it('[X-18] removes containers that nobody owns, and leaves those of agents at work and of other loops', async () => {
  const entries = [attempt('works'), attempt('gone'), command('mine', 'mine'), command('theirs', 'other')];
  expect(await reclaim(['works', 'gone', 'gone', 'mine', 'theirs', 'unknown'], entries)).toEqual({
    count: 3,
    ended: ['gone', 'mine', 'unknown'],
  });
});

it('goes on without where the engine does not answer', async () => {
  expect(await reclaim('It is away.', [attempt('gone')])).toEqual({ count: 0, ended: [] });
});

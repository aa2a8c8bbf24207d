import { expect, it } from 'vitest';
import { silentLogger } from '../../base/logger.ts';
import { err, ok } from '../../base/result.ts';
import type { EngineAddress } from '../../domain/containers/engine.ts';
import { containerLimits, type ContainerPlan } from '../../domain/containers/plan.ts';
import type { LedgerEntry } from '../../ports/journal.ts';
import { lookAtEngines } from './look-at-engines.ts';
import { fenceAttempts, reclaimContainers, releaseNetworks, type ReclaimDeps } from './reclaim-containers.ts';

const at = (host: string): EngineAddress => ({ source: 'socket', host });
const plan: ContainerPlan = {
  engine: at('unix:///manager'),
  image: 'cfn-agent:latest',
  limits: containerLimits('mvp'),
  network: 'internal',
  allow: [],
  place: 'swarm',
};
const node = (name: string, host: string | null) => ({
  name,
  engine: host === null ? null : at(host),
  open: true,
  cpus: 2,
  memoryBytes: 4e9,
});
const NODES = [
  node('m', 'unix:///manager'),
  node('far', 'ssh://far'),
  node('away', 'ssh://away'),
  node('plain', null),
];

/** A Swarm of which one node is away and one is not known, with what its engines have. */
function swarm(found: { readonly runs?: readonly object[]; readonly tasks?: readonly string[] }) {
  const did: string[] = [];
  const warned: string[] = [];
  const entries: readonly LedgerEntry[] = [
    { kind: 'attempt', id: 'a', taskId: 'mine', folder: '/works', runToken: 'works' },
    { kind: 'attempt', id: 'b', taskId: 'mine', folder: '/gone', runToken: 'gone' },
    { kind: 'command', id: 'c', taskId: 'mine', runToken: 'command' },
  ];
  const deps = {
    logger: { ...silentLogger, warn: (text: string) => warned.push(text) },
    repository: { facts: { id: 'repository' } },
    store: { held: () => Promise.resolve(false) },
    ledger: { entries: () => Promise.resolve(entries) },
    watch: {
      standing: (folder: string) => Promise.resolve({ kind: folder === '/works' ? 'running' : 'gone' }),
    },
    containers: {
      nodes: () => Promise.resolve(ok(NODES)),
      made: ({ host }: EngineAddress) =>
        Promise.resolve(host === 'ssh://away' ? err('It is away.') : ok({ runs: [], tasks: [], ...found })),
      endRun: ({ host }: EngineAddress, runToken: string) => {
        did.push(`${host} ends ${runToken}`);
        return Promise.resolve(1);
      },
      removeNetworks: ({ host }: EngineAddress, { taskId }: { readonly taskId: string }) => {
        did.push(`${host} releases ${taskId}`);
        return Promise.resolve(ok(1));
      },
    },
  } as unknown as ReclaimDeps;
  return { deps, did, warned };
}
const run = (runToken: string, taskId = 'mine', epoch = 2) => ({ runToken, taskId, epoch });

it('looks at every node that is known, and names one that is away once', async () => {
  const { deps, warned } = swarm({});
  const said = new Set<string>();
  const looks = await lookAtEngines(deps, plan, said);
  await lookAtEngines(deps, plan, said);
  expect(looks.map(({ engine }) => engine.host)).toEqual(['unix:///manager', 'ssh://far']);
  expect(warned).toEqual([expect.stringContaining('Node away')]);
});

it('takes away on all nodes what nobody owns', async () => {
  const { deps, did } = swarm({ runs: [run('works'), run('gone')], tasks: ['mine', 'dead'] });
  expect(await reclaimContainers(deps, { container: plan, taskId: 'mine' })).toBe(2);
  expect(did).toEqual(
    ['unix:///manager', 'ssh://far'].flatMap((host) => [`${host} ends gone`, `${host} releases dead`]),
  );
});

it('ends attempts of its loop that were given up, and none at work, of another loop or of a later holder', async () => {
  const runs = [
    run('works', 'mine', 1),
    run('gone'),
    run('unknown', 'mine', 1),
    run('later', 'mine', 3),
    run('theirs', 'other'),
    run('command'),
  ];
  const { deps, did } = swarm({ runs });
  const [look] = await lookAtEngines(deps, plan);
  const fenced = await fenceAttempts(deps, look ? [look] : [], { taskId: 'mine', epoch: 2 });
  expect([...fenced]).toEqual(['gone', 'unknown']);
  expect(did).toEqual(['unix:///manager ends gone', 'unix:///manager ends unknown']);
});

it('releases the networks of a task on the nodes that have one', async () => {
  const { deps, did } = swarm({ tasks: ['mine'] });
  await releaseNetworks({ ...deps, config: { taskId: 'mine', container: plan } });
  expect(did).toEqual(['unix:///manager releases mine', 'ssh://far releases mine']);
});

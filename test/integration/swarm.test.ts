/** Loops whose agents are placed on the nodes of a real Swarm of two engines, one of which goes away. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { openDocker } from '../../src/adapters/docker/engine.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import { ENGINE_LABEL } from '../../src/domain/containers/placement.ts';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts';
import { startEngine, whyNoEngine, type OwnEngine } from '../support/own-engine.ts';
import {
  all,
  CREW,
  GOOD,
  last,
  LoopBench,
  type LoopRun,
  removePrograms,
  SUM_FIXED,
  SUM_REPOSITORY,
} from './loop/fixture.ts';

const lacking = await whyNoEngine();
if (lacking !== null) process.stderr.write(`[skipped] loops on a Swarm: ${lacking}\n`);

interface Swarm {
  readonly manager: OwnEngine;
  readonly worker: OwnEngine;
  /** Between loops and the worker's engine; the nodes themselves do not go through it. */
  readonly proxy: FaultProxy;
}

const dockerOf = ({ host }: OwnEngine) => openDocker({ source: 'socket', host });

/** Ports of a Swarm are fixed, so that each engine has an address of loopback to itself. */
async function startSwarm(): Promise<Swarm> {
  const manager = await startEngine();
  const worker = await startEngine({ tls: true });
  await dockerOf(manager).swarmInit({ ListenAddr: '127.0.0.1:2377', AdvertiseAddr: '127.0.0.1' });
  const { JoinTokens: tokens } = z
    .object({ JoinTokens: z.object({ Worker: z.string() }) })
    .parse(await dockerOf(manager).swarmInspect());
  await dockerOf(worker).swarmJoin({
    ListenAddr: '127.0.0.2:2377',
    AdvertiseAddr: '127.0.0.2',
    DataPathAddr: '127.0.0.2',
    RemoteAddrs: ['127.0.0.1:2377'],
    JoinToken: tokens.Worker,
  });
  const proxy = await startFaultProxy({ port: Number(new URL(worker.elsewhere?.host ?? '').port) });
  await labelWorker(manager, { [ENGINE_LABEL]: `tcp://127.0.0.1:${proxy.port}` });
  return { manager, worker, proxy };
}

const nodeSchema = z.object({
  ID: z.string(),
  Version: z.object({ Index: z.number() }),
  Spec: z.object({ Role: z.string(), Availability: z.string() }),
  Status: z.object({ State: z.string() }),
});
async function workerNode(manager: OwnEngine) {
  const nodes = z.array(nodeSchema).parse(await dockerOf(manager).listNodes());
  const found = nodes.find(({ Spec: { Role: role } }) => role === 'worker');
  if (found === undefined) throw new Error('The worker did not join.');
  return found;
}
async function labelWorker(manager: OwnEngine, labels: Readonly<Record<string, string>>): Promise<void> {
  const { ID: id, Version: version, Spec: spec } = await workerNode(manager);
  await dockerOf(manager)
    .getNode(id)
    .update({ version: version.Index, ...spec, Labels: labels });
}

const swarm = lacking === null ? await startSwarm() : null;
const { manager, worker, proxy } = swarm ?? ({} as Swarm);
afterAll(async () => {
  await proxy?.close();
  await worker?.stop();
  await manager?.stop();
  await removePrograms();
});

const SPEC = 'exec:node crew.mjs scenario.json';
const run = (taskId: string) =>
  [
    ['run', '--json', '--task', 'Make sum add', '--task-id', taskId, '--mode', 'mvp', '--strategy', 'race'],
    ['--implementer', `one=${SPEC}`, '--implementer', `two=${SPEC}`],
    ['--validator', `v1=${SPEC}`, '--product-owner', `owner=${SPEC}`],
    '--runtime container --image cfn-base:local --network internal --place swarm'.split(' '),
    ['--evidence', 'node --test'],
  ].flat();
const DONE = { write: { 'src/sum.js': SUM_FIXED }, result: { confidence: 0.93 } };
/** Only on the worker, where folders are copies in volumes of its engine, there is work without an end. */
const STUCK_ON_WORKER = {
  ...DONE,
  run: ['if grep -q /volumes/ /proc/self/mountinfo; then echo old >old.txt; sleep 600; fi'],
};

let bench: LoopBench;
beforeEach(async () => {
  bench = new LoopBench();
  Object.assign(bench.env, {
    DOCKER_HOST: manager.host,
    DOCKER_CERT_PATH: worker.elsewhere?.certificates,
    CFN_LOG: 'INFO',
  });
  // A node that was away is trusted a moment later.
  await vi.waitFor(async () => {
    if ((await workerNode(manager)).Status.State !== 'ready') throw new Error('The worker is away.');
  }, 60_000);
});
afterEach(async () => {
  await vi.waitFor(async () => {
    const found = await left();
    if (found.length > 0) throw new Error(`It is left: ${found.join(', ')}`);
  }, 20_000);
  bench.finish();
});

async function left(): Promise<readonly string[]> {
  const found = [manager, worker].map(async (engine) => {
    const docker = dockerOf(engine);
    const containers = await docker.listContainers({ all: true });
    const { Volumes: volumes } = await docker.listVolumes();
    const networks = await docker.listNetworks();
    return [
      ...containers.flatMap(({ Names: names }) => names),
      ...volumes.map(({ Name: name }) => name),
      ...networks.filter(({ Labels: labels }) => labels?.[LABELS.owner]).map(({ Name: name }) => name),
    ];
  });
  return (await Promise.all(found)).flat();
}

const create = (scenario: object) =>
  bench.create({
    ...SUM_REPOSITORY,
    'crew.mjs': readFileSync(CREW, 'utf8'),
    'scenario.json': JSON.stringify({ ...GOOD, ...scenario }),
  });

const specSchema = z.object({
  agentId: z.string(),
  attempt: z.number(),
  taskId: z.string(),
  container: z.object({ engine: z.object({ host: z.string() }) }),
});
/** Where attempts of implementers of the loop `sum` were placed: `one#1` → `tcp://…`. */
function places(): Readonly<Record<string, string>> {
  const state = join(bench.folder, 'state', 'cfn');
  const files = readdirSync(state, { recursive: true, encoding: 'utf8' });
  const specs = files
    .filter((name) => name.endsWith('spec.json'))
    .map((name) => specSchema.parse(JSON.parse(readFileSync(join(state, name), 'utf8'))))
    .filter(({ taskId, agentId }) => taskId === 'sum' && ['one', 'two'].includes(agentId));
  return Object.fromEntries(
    specs.map(({ agentId, attempt, container }) => [`${agentId}#${attempt}`, container.engine.host]),
  );
}

interface Stuck {
  readonly agent: string;
  readonly id: string;
  /** Of the first process in it. */
  readonly pid: number;
}
/** The container at work on the worker. */
async function stuckOnWorker(): Promise<Stuck> {
  const docker = dockerOf(worker);
  return vi.waitFor(async () => {
    const [found] = await docker.listContainers({ filters: { label: [LABELS.agent] } });
    if (found === undefined) throw new Error('Nothing runs there.');
    const { State: state } = await docker.getContainer(found.Id).inspect();
    return { agent: found.Labels[LABELS.agent] ?? '', id: found.Id, pid: state.Pid };
  }, 20_000);
}
/** What it said where it did not get that far. */
const outcomeOf = (made: LoopRun): unknown => last(made, 'LoopFinished')?.['outcome'] ?? made.stderr;
const runs = ({ pid }: Stuck): boolean => existsSync(`/proc/${pid}`);

/** An engine that is gone counts as away after a minute, and what ran there is tried to be taken away for another. */
describe.skipIf(swarm === null)('a loop on the nodes of a Swarm', { timeout: 400_000 }, () => {
  it('places its agents on all of them and goes to PROCEED', async () => {
    await create({ implementer: [DONE] });
    const made = await bench.cfn(...run('sum'));
    expect(outcomeOf(made)).toBe('PROCEED');
    expect(Object.values(places()).toSorted()).toEqual([`tcp://127.0.0.1:${proxy.port}`, manager.host]);
    expect(bench.git('show', 'cfn/sum/result:src/sum.js')).toBe(SUM_FIXED.trim());
  });

  it('runs an agent again elsewhere whose node is cut off, and ends the old container once it answers', async () => {
    await create({ implementer: [STUCK_ON_WORKER] });
    let stuck: Stuck | null = null;
    let ranOn = false;
    const cuts: Promise<void>[] = [];
    const { ended } = await bench.start(run('sum'), (event) => {
      if (event.type !== 'AgentStarted' || !['one', 'two'].includes(String(event['agentId']))) return;
      if (event['attempt'] === 1 && cuts.length === 0)
        cuts.push(
          stuckOnWorker().then((found) => {
            stuck = found;
            proxy.refuse();
          }),
        );
      // It was not ended by the cut, and cannot be before.
      if (event['attempt'] === 2 && stuck !== null) {
        ranOn = runs(stuck);
        proxy.pass();
      }
    });
    const made = await ended;
    proxy.pass();
    await Promise.all(cuts);
    expect(outcomeOf(made)).toBe('PROCEED');
    const { agent } = stuck as unknown as Stuck;
    const exits = all(made, 'AgentExited').filter(({ agentId }) => agentId === agent);
    expect(exits.map(({ ending }) => ending)).toEqual(['lost', 'completed']);
    expect(places()[`${agent}#2`]).toBe(manager.host);
    expect(ranOn).toBe(true);
    expect(runs(stuck as unknown as Stuck)).toBe(false);
    expect(made.stderr).toContain('An attempt that was given up was ended');
    for (const commit of bench
      .git('for-each-ref', '--format=%(refname)', 'refs/cfn', 'refs/heads')
      .split('\n'))
      expect(bench.git('ls-tree', '--name-only', commit)).not.toContain('old.txt');
  });

  it('runs an agent again elsewhere whose engine was killed, and the next start ends what is left of it', async () => {
    await create({ implementer: [STUCK_ON_WORKER] });
    let stuck: Stuck | null = null;
    const kills: Promise<void>[] = [];
    const { ended } = await bench.start(run('sum'), (event) => {
      if (event.type === 'AgentStarted' && event['attempt'] === 1 && kills.length === 0)
        kills.push(
          stuckOnWorker().then((found) => {
            stuck = found;
            return worker.kill9();
          }),
        );
    });
    const made = await ended;
    await Promise.all(kills);
    const old = stuck as unknown as Stuck;
    const ranOn = runs(old);
    await worker.start();
    expect(outcomeOf(made)).toBe('PROCEED');
    const exits = all(made, 'AgentExited').filter(({ agentId }) => agentId === old.agent);
    expect(exits.map(({ ending }) => ending)).toEqual(['lost', 'completed']);
    expect(places()[`${old.agent}#2`]).toBe(manager.host);
    // Without its engine it went on until now.
    expect(ranOn).toBe(true);
    expect(await left()).toContainEqual(expect.stringContaining(`cfn-agent-${old.agent}-sum`));
    writeFileSync(join(bench.repository, 'scenario.json'), JSON.stringify(GOOD));
    bench.git('commit', '-qam', 'nothing is stuck any more');
    const next = await bench.cfn(...run('next'));
    expect(outcomeOf(next)).toBe('PROCEED');
    expect(next.stderr).toContain('Containers that nobody owned any more were removed');
    expect(runs(old)).toBe(false);
  });
});

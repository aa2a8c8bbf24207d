/** Whoever owns a container is killed: nothing is left, and the loop goes on. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createContainerEngine } from '../../src/adapters/docker/container-engine.ts';
import { createContainerNetworks } from '../../src/adapters/docker/networks.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import { sharedEngine } from '../support/docker-engine.ts';
import { startEngine } from '../support/own-engine.ts';
import {
  all,
  CREW,
  GOOD,
  last,
  LoopBench,
  removePrograms,
  SUM_FIXED,
  SUM_REPOSITORY,
} from './loop/fixture.ts';

const shared = await sharedEngine('recovery of containers');
const never = new AbortController().signal;
const SPEC = 'exec:node crew.mjs scenario.json';
const RUN = [
  ['run', '--json', '--task', 'Make sum add', '--task-id', 'sum', '--mode', 'mvp'],
  ['--implementer', `worker=${SPEC}`, '--validator', `v1=${SPEC}`, '--product-owner', `owner=${SPEC}`],
  '--runtime container --image cfn-base:local --network internal'.split(' '),
  ['--evidence', 'node --test'],
].flat();
const DONE = { write: { 'src/sum.js': SUM_FIXED }, result: { confidence: 0.93 } };

interface Place {
  readonly bench: LoopBench;
  /** Ids of containers of this loop. */
  readonly containers: () => Promise<readonly string[]>;
  /** Of the runner of the worker's attempt. */
  readonly runnerPid: (attempt: number) => number;
}

async function place(host: string, scenario: object, use: (place: Place) => Promise<void>): Promise<void> {
  const bench = await new LoopBench().create({
    ...SUM_REPOSITORY,
    'crew.mjs': readFileSync(CREW, 'utf8'),
    'scenario.json': JSON.stringify({ ...GOOD, ...scenario }),
  });
  bench.env['DOCKER_HOST'] = host;
  const engine = createContainerEngine({ source: 'DOCKER_HOST', host });
  const state = join(bench.folder, 'state', 'cfn');
  const owner = () => readdirSync(state).find((name) => /^[0-9a-f]{32}$/.test(name)) ?? '';
  const containers = async () => {
    const listed = await engine.list({ [LABELS.owner]: owner() }, never);
    if (!listed.ok) throw new Error(listed.error.message);
    return listed.value.map(({ id }) => id);
  };
  const networks = async () => {
    const listed = await createContainerNetworks({ source: 'DOCKER_HOST', host }).list(never);
    if (!listed.ok) throw new Error(listed.error.message);
    return listed.value.filter(({ labels }) => labels[LABELS.owner] === owner()).map(({ name }) => name);
  };
  const runnerPid = (attempt: number): number => {
    const folder = join(state, owner());
    const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(
      (name) => name.endsWith('runner.json') && name.includes('worker') && name.includes(String(attempt)),
    );
    return (JSON.parse(readFileSync(join(folder, file ?? ''), 'utf8')) as { runner: { pid: number } }).runner
      .pid;
  };
  await use({ bench, containers, runnerPid });
  // A guard is a moment behind what it watches.
  await expect.poll(containers, { timeout: 20_000 }).toEqual([]);
  expect(await networks()).toEqual([]);
  bench.finish();
}

const killed = (pid: number | undefined): void => void process.kill(pid ?? 0, 'SIGKILL');
afterAll(removePrograms);

describe.skipIf(!shared)('after a kill', () => {
  const host = shared?.host ?? '';

  it('of a runner its container is gone, and the agent runs again', async () => {
    await place(host, { 'worker#1': [{ hang: true }], worker: [DONE] }, async ({ bench, runnerPid }) => {
      let kills = 0;
      const { ended } = await bench.start(RUN, (event) => {
        if (event.type !== 'AgentStarted' || event['agentId'] !== 'worker' || event['attempt'] !== 1) return;
        kills += 1;
        killed(runnerPid(1));
      });
      const run = await ended;
      expect(kills).toBe(1);
      expect(all(run, 'AgentExited').at(0)).toMatchObject({ agentId: 'worker', ending: 'lost' });
      expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
    });
  });

  it('of the loop its container goes on, and is taken over', async () => {
    await place(host, { worker: [{ run: ['sleep 4'], ...DONE }] }, async ({ bench, containers }) => {
      const first = await bench.start(RUN, (event, child) => {
        if (event.type === 'AgentStarted' && event['agentId'] === 'worker') killed(child.pid);
      });
      await first.ended;
      const [container] = await containers();
      expect(container).toBeDefined();
      const run = await bench.cfn('resume', 'sum', '--json');
      // What goes on is not started again.
      expect(all(run, 'AgentStarted').filter(({ agentId }) => agentId === 'worker')).toEqual([]);
      expect(all(run, 'AgentExited').at(0)).toMatchObject({ agentId: 'worker', ending: 'completed' });
      expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
    });
  });

  it('of both nothing is left, and the agent runs again', async () => {
    await place(
      host,
      { 'worker#1': [{ hang: true }], worker: [DONE] },
      async ({ bench, containers, runnerPid }) => {
        const first = await bench.start(RUN, (event, child) => {
          if (event.type !== 'AgentStarted' || event['agentId'] !== 'worker') return;
          const runner = runnerPid(1);
          killed(child.pid);
          killed(runner);
        });
        await first.ended;
        await expect.poll(containers, { timeout: 20_000 }).toEqual([]);
        const run = await bench.cfn('resume', 'sum', '--json');
        expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
      },
    );
  });
});

describe.skipIf(!shared)('after a kill of the engine', () => {
  it.each([
    ['that ends its containers, agents run again', false],
    ['that keeps its containers, agents go on', true],
  ])('%s', async (_, liveRestore) => {
    const own = await startEngine({ liveRestore });
    try {
      await place(own.host, { worker: [{ say: 'before', run: ['sleep 4'], ...DONE }] }, async ({ bench }) => {
        const kills: Promise<void>[] = [];
        const { ended } = await bench.start(RUN, (event) => {
          if (event.type === 'AgentStarted' && event['agentId'] === 'worker' && kills.length === 0)
            kills.push(own.kill9().then(() => own.start()));
        });
        const run = await ended;
        await Promise.all(kills);
        expect(kills).toHaveLength(1);
        const endings = all(run, 'AgentExited')
          .filter(({ agentId }) => agentId === 'worker')
          .map(({ ending }) => ending);
        expect(endings).toEqual(liveRestore ? ['completed'] : ['lost', 'completed']);
        expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
      });
    } finally {
      await own.stop();
    }
  });
});

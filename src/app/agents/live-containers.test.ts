import { expect, it } from 'vitest';
import { err, ok } from '../../base/result.ts';
import { containerLimits } from '../../domain/containers/plan.ts';
import { passing, startedLoop } from '../../domain/loop/test-loop.ts';
import type { ContainerEngine } from '../../ports/container-engine.ts';
import type { ContainerLook } from '../projections/agent-signals.ts';
import { createLiveContainers } from './live-containers.ts';
import type { lookAtContainers, SeenContainer } from './look-at-containers.ts';
import { runningSlots } from './running-slots.ts';

type Looked = Awaited<ReturnType<typeof lookAtContainers>>;

const container = {
  engine: { source: 'socket', host: 'unix:///none' },
  image: 'an-image',
  limits: containerLimits('standard'),
  network: 'none',
  allow: [],
} as const;

/** What is known of the one agent at work after each of these looks of the engine. */
async function known(
  answers: readonly Looked[],
  { change = { container }, observed = () => true }: { change?: object; observed?: () => boolean } = {},
) {
  const loop = startedLoop(change);
  while (loop.effects[0]?.kind !== 'run-agent') loop.answer(loop.effects[0]!, { agent: passing });
  const { iteration, agentId, role, attempt } = loop.effects[0];
  const place = { pid: 1, worktree: '/w', branch: null, folder: '/f' };
  loop.report({ type: 'AgentStarted', iteration, agentId, role, attempt, ...place });
  expect(runningSlots(loop.state!)).toHaveLength(1);
  const controller = new AbortController();
  const asked: object[] = [];
  const seen: (ContainerLook | null)[] = [];
  let told = 0;
  const engine: Pick<ContainerEngine, 'list' | 'measure'> = {
    list: (labels) => {
      asked.push(labels);
      return Promise.resolve(answers[asked.length - 1]!);
    },
    measure: (id) => {
      const answer = answers[asked.length - 1];
      const sample = answer?.ok ? answer.value.find((one) => one.id === id)?.sample : null;
      return Promise.resolve(sample ? ok(sample) : err({ kind: 'missing', message: 'gone' }));
    },
  };
  await new Promise<void>((resolve) => {
    const containers = createLiveContainers({
      clock: {
        now: () => 0,
        sleep: () => {
          seen.push(containers.of('/f'));
          if (seen.length < answers.length) return Promise.resolve();
          controller.abort();
          resolve();
          return Promise.resolve();
        },
      },
      openEngine: () => Promise.resolve(engine as Partial<ContainerEngine> as ContainerEngine),
      owner: 'repository',
      observed,
      onChange: () => (told += 1),
      signal: controller.signal,
    });
    containers.follow(loop.state!);
    if (change === NOWHERE) resolve();
  });
  return { seen, asked, told, agentId, taskId: loop.state!.config.taskId };
}
const NOWHERE = {};

const { agentId, taskId } = await known([ok([])]);
const one = (change: Partial<SeenContainer> = {}): SeenContainer => ({
  id: '1',
  name: `cfn-agent-${agentId}-${taskId}`,
  state: 'running',
  isHealthy: null,
  labels: { 'cfn.agent': agentId },
  sample: null,
  ...change,
});
const sample = (at: number, cpuMs: number, memoryBytes = 1024) => ({
  at,
  cpuMs,
  before: null,
  memoryBytes,
  memoryLimitBytes: 2048,
});

it('tells what a container uses, its cores from the second look on', async () => {
  const { seen, asked, told } = await known([
    ok([one({ sample: sample(1000, 0) })]),
    ok([one({ sample: sample(2000, 500) })]),
    ok([one({ sample: sample(2000, 500) })]),
  ]);
  expect(seen[0]).toMatchObject({ state: 'running', cores: null, memoryBytes: 1024, memoryLimitBytes: 2048 });
  expect(seen[1]).toMatchObject({ cores: 0.5, coreLimit: 1 });
  expect(asked[0]).toEqual({ 'cfn.owner': 'repository', 'cfn.task': taskId });
  expect(told).toBe(3);
});

it('tells how it stands, from its first sight to its end', async () => {
  const { seen } = await known([
    ok([]),
    ok([one({ state: 'created' })]),
    ok([one()]),
    err({ kind: 'late', message: 'late' }),
    ok([one({ state: 'exited' })]),
    ok([]),
  ]);
  expect(seen.map((look) => look?.state)).toEqual([
    undefined,
    'created',
    'running',
    'no-answer',
    'exited',
    'gone',
  ]);
});

it('takes no MCP server of the agent for it, and a running container before one on its way out', async () => {
  const server = one({ id: '2', name: `cfn-mcp-github-${agentId}-${taskId}` });
  const late = one({ id: '3', state: 'removing' });
  const { seen } = await known([
    ok([server]),
    ok([server, late, one({ name: `cfn-agent-${agentId}-${taskId}-1234` })]),
  ]);
  expect(seen.map((look) => look?.name)).toEqual([undefined, `cfn-agent-${agentId}-${taskId}-1234`]);
});

it('asks no engine while nobody looks, and for nobody who runs in none', async () => {
  const { asked, seen } = await known([ok([one()]), ok([one()])], { observed: () => false });
  expect({ asked, seen }).toEqual({ asked: [], seen: [null, null] });
  let looks = 0;
  const left = await known([ok([one()]), ok([one()])], { observed: () => (looks += 1) < 3 });
  expect(left.seen.map((look) => look?.state)).toEqual(['running', undefined]);
  expect((await known([ok([one()])], { change: NOWHERE })).asked).toEqual([]);
});

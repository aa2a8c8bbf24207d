/** Loops whose containers are on an engine that does not have this machine's folders, reached over TLS. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDocker } from '../../src/adapters/docker/engine.ts';
import { LABELS, type EngineAddress } from '../../src/domain/containers/engine.ts';
import { startEngine, whyNoEngine } from '../support/own-engine.ts';
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

const lacking = await whyNoEngine();
if (lacking !== null) process.stderr.write(`[skipped] loops on engines elsewhere: ${lacking}\n`);
const own = lacking === null ? await startEngine({ tls: true, liveRestore: true }) : null;
const address: EngineAddress = { source: 'DOCKER_HOST', host: 'tcp://127.0.0.1:1', ...own?.elsewhere };
const docker = openDocker(address);
afterAll(async () => {
  await own?.stop();
  await removePrograms();
});

const SPEC = 'exec:node crew.mjs scenario.json';
const RUN = [
  ['run', '--json', '--task', 'Make sum add', '--task-id', 'sum', '--mode', 'mvp'],
  ['--implementer', `worker=${SPEC}`, '--validator', `v1=${SPEC}`, '--product-owner', `owner=${SPEC}`],
  '--runtime container --image cfn-base:local'.split(' '),
  ['--evidence', 'node --test && test -e /.dockerenv'],
].flat();

let bench: LoopBench;
beforeEach(() => {
  bench = new LoopBench();
  Object.assign(bench.env, {
    DOCKER_HOST: address.host,
    DOCKER_CERT_PATH: address.certificates,
    CFN_LOG: 'ERROR',
  });
});
afterEach(async () => {
  // A guard is a moment behind what it watches.
  await vi.waitFor(async () => {
    const found = await left();
    if (found.length > 0) throw new Error(`It is left: ${found.join(', ')}`);
  }, 20_000);
  bench.finish();
});

async function left() {
  const [containers, volumes, networks] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listVolumes(),
    docker.listNetworks(),
  ]);
  return [
    ...containers.flatMap(({ Names: names }) => names),
    ...volumes.Volumes.map(({ Name: name }) => name),
    ...networks.filter(({ Labels: labels }) => labels?.[LABELS.owner]).map(({ Name: name }) => name),
    ...readdirSync(bench.folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.brought-|\.environment-/.test(name),
    ),
  ];
}

const create = (scenario: object) =>
  bench.create({
    ...SUM_REPOSITORY,
    'crew.mjs': readFileSync(CREW, 'utf8'),
    'scenario.json': JSON.stringify({ ...GOOD, ...scenario }),
  });
const DONE = { write: { 'src/sum.js': SUM_FIXED }, result: { confidence: 0.93 } };

function runnerOf(agentId: string): number {
  const state = join(bench.folder, 'state', 'cfn');
  const file = readdirSync(state, { recursive: true, encoding: 'utf8' }).find(
    (name) => name.endsWith('runner.json') && name.includes(agentId),
  );
  return (JSON.parse(readFileSync(join(state, file ?? ''), 'utf8')) as { runner: { pid: number } }).runner
    .pid;
}

describe.skipIf(own === null)('a loop on an engine elsewhere', () => {
  it('[SI-020] goes from the task to PROCEED, with the code in the branch', async () => {
    const look =
      'echo "$(pwd)|$(id -u)|$WORKTREE_BRANCH"; rm gone.txt; ln -s ../sum.js src/link.js; git add -A; git -c user.name=a -c user.email=a@b.c commit -qm mine';
    await bench.create({
      ...SUM_REPOSITORY,
      'gone.txt': '',
      'crew.mjs': readFileSync(CREW, 'utf8'),
      'scenario.json': JSON.stringify({
        ...GOOD,
        implementer: [
          {
            write: { 'src/sum.js': SUM_FIXED },
            run: [look],
            report: { confidence: 0.93, summary: 'adds now' },
          },
        ],
      }),
    });
    const made = await bench.cfn(...RUN, '--network', 'none');
    expect(made).toMatchObject({ code: 0, stderr: expect.not.stringContaining('rror') });
    expect(last(made, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
    expect(last(made, 'GateChecked')).toMatchObject({ passed: true, evidence: 'passed' });
    expect(bench.git('show', 'cfn/sum/result:src/sum.js')).toBe(SUM_FIXED.trim());
    expect(bench.git('ls-tree', 'cfn/sum/result', 'src/link.js')).toMatch(/^120000/);
    expect(bench.git('ls-tree', 'cfn/sum/result', 'gone.txt')).toBe('');
    expect(bench.git('log', '--format=%s', 'refs/cfn/sum/1/worker/1')).toContain('mine');
    const worktree = join(bench.folder, 'my repo.cfn', 'sum', 'worker');
    expect(statSync(join(worktree, 'src/sum.js')).uid).toBe(process.getuid?.());
    expect(bench.git('status', '--porcelain')).toBe('');
  });

  it('goes on after a kill of the loop, with what its container wrote', async () => {
    await create({ worker: [{ run: ['sleep 4'], ...DONE }] });
    const first = await bench.start([...RUN, '--network', 'none'], (event, child) => {
      if (event.type === 'AgentStarted' && event['agentId'] === 'worker')
        process.kill(child.pid ?? 0, 'SIGKILL');
    });
    await first.ended;
    const run = await bench.cfn('resume', 'sum', '--json');
    expect(all(run, 'AgentStarted').filter(({ agentId }) => agentId === 'worker')).toEqual([]);
    expect(all(run, 'AgentExited').at(0)).toMatchObject({ agentId: 'worker', ending: 'completed' });
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
    expect(bench.git('show', 'cfn/sum/result:src/sum.js')).toBe(SUM_FIXED.trim());
  });

  it('runs an agent again whose runner was killed', async () => {
    await create({ 'worker#1': [{ run: ['echo half >half.txt'], hang: true }], worker: [DONE] });
    let kills = 0;
    const { ended } = await bench.start([...RUN, '--network', 'none'], (event) => {
      if (event.type !== 'AgentStarted' || event['agentId'] !== 'worker' || event['attempt'] !== 1) return;
      kills += 1;
      process.kill(runnerOf('worker'), 'SIGKILL');
    });
    const run = await ended;
    expect(kills).toBe(1);
    expect(all(run, 'AgentExited').at(0)).toMatchObject({ agentId: 'worker', ending: 'lost' });
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
  });

  it('is refused where it wants a network that cannot be had there', async () => {
    await create({});
    const made = await bench.cfn(...RUN, '--network', 'allowlist', '--allow', 'example.com');
    expect(made.code).toBe(2);
    expect(made.stderr).toContain('choose --network none, internal or open');
  });
});

/** What a container of ours costs beside a `docker run` that does the same. */
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createContainerEngine } from '../../src/adapters/docker/container-engine.ts';
import { containerUser } from '../../src/container-user.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import { CONTAINER_HOME } from '../../src/domain/containers/environment.ts';
import { containerLimits } from '../../src/domain/containers/plan.ts';
import type { ContainerRequest, Mount } from '../../src/ports/container-engine.ts';
import type { AttemptSpec } from '../../src/protocol/attempt.ts';
import { collect, demand } from '../../scripts/run-command.mts';
import { dockerOf, IMAGE } from '../faults/engine-stock.mts';
import { makeAttempt, run as runAttempt } from '../integration/support/attempt.ts';
import { startEngine, whyNoEngine, type OwnEngine } from '../support/own-engine.ts';
import { alternate, timed, type Bench, type Row } from './measure.mts';

const runner = resolve(import.meta.dirname, '../../dist/runner.js');
const never = new AbortController().signal;
const PARALLEL = 8;
/** Over at once. */
const ARGV = ['/bin/sh', '-c', 'exit 0'];
const LIMITS = containerLimits('mvp');
const USER = containerUser();

interface Setting {
  readonly engine: OwnEngine;
  readonly folder: string;
  /** Id of one as agents have it. */
  readonly network: string;
}

const mountsOf = (folder: string): readonly Mount[] => [
  { source: folder, target: folder, readonly: false, owned: true },
  { source: folder, target: '/workspace', readonly: false, owned: false },
];

let counter = 0;
/** Each agent has a worktree of its own. */
function worktreeIn({ folder }: Setting): string {
  const worktree = join(folder, `worktree-${(counter += 1)}`);
  mkdirSync(worktree);
  return worktree;
}

const requestOf = (network: string, worktree: string): ContainerRequest => ({
  name: `cfn-${basename(worktree)}`,
  image: IMAGE,
  argv: ARGV,
  cwd: worktree,
  env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
  exchange: worktree,
  stdinFile: null,
  user: USER,
  mounts: mountsOf(worktree),
  tmpfs: ['/tmp', CONTAINER_HOME],
  limits: LIMITS,
  network,
  resolves: false,
  hosts: {},
  labels: { [LABELS.owner]: 'bench', [LABELS.run]: `bench-${counter}` },
  talks: false,
  onOutput: () => undefined,
});

/** From the request to a container that is gone. */
async function ours(setting: Setting, engine: ReturnType<typeof createContainerEngine>): Promise<void> {
  const started = await engine.start(requestOf(setting.network, worktreeIn(setting)), never);
  if (!started.ok) throw new Error(started.error.message);
  const exit = await started.value.exited;
  await started.value.closed;
  await started.value.remove();
  if (exit.kind !== 'exited' || exit.code !== 0) throw new Error(`it ended as ${JSON.stringify(exit)}`);
}

/** The same limits, mounts and network. */
async function dockerRun(setting: Setting): Promise<void> {
  const worktree = worktreeIn(setting);
  const [uid, gid] = USER.split(':');
  const memory = `rw,nosuid,nodev,exec,size=${LIMITS.tmpfsBytes},mode=0700,uid=${uid},gid=${gid}`;
  const flags = [
    ['--rm', '--init', '--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges'],
    [`--user=${USER}`, `--workdir=${worktree}`, `--network=${setting.network}`, '--entrypoint='],
    [`--memory=${LIMITS.memoryBytes}`, `--memory-swap=${LIMITS.memoryBytes}`, `--cpus=${LIMITS.cpus}`],
    [`--memory-reservation=${LIMITS.memoryReservationBytes}`, `--pids-limit=${LIMITS.pids}`],
    [`--tmpfs=/tmp:${memory}`, `--tmpfs=${CONTAINER_HOME}:${memory}`, '--log-opt=max-size=64m'],
    mountsOf(worktree).map(({ source, target }) => `--mount=type=bind,source=${source},target=${target}`),
  ].flat();
  await demand('docker', ['run', ...flags, IMAGE, ...ARGV], {
    env: { ...process.env, DOCKER_HOST: setting.engine.host },
  });
}

/** A whole attempt, its runner included. */
async function attempt({ engine, network }: Setting, inside: boolean): Promise<number> {
  const container: AttemptSpec['container'] = {
    engine: { source: 'socket', host: engine.host },
    image: IMAGE,
    name: `cfn-bench-${(counter += 1)}`,
    user: USER,
    limits: LIMITS,
    network: { id: network, gateway: null, internal: true, allow: null },
    mounts: [],
    labels: { [LABELS.owner]: 'bench', [LABELS.run]: `bench-${counter}` },
  };
  const made = makeAttempt({
    program: { kind: 'exec', argv: [...ARGV], tty: false },
    ...(inside ? { container } : {}),
  });
  try {
    return await timed(() => runAttempt(runner, made));
  } finally {
    made.remove();
  }
}

async function measure(setting: Setting, rounds: number): Promise<readonly Row[]> {
  const engine = createContainerEngine({ source: 'socket', host: setting.engine.host });
  const one = await alternate(
    rounds,
    () => timed(() => ours(setting, engine)),
    () => timed(() => dockerRun(setting)),
  );
  const whole = await alternate(
    rounds,
    async () => (await attempt(setting, true)) - (await attempt(setting, false)),
    () => timed(() => dockerRun(setting)),
  );
  const eight = await alternate(
    Math.ceil(rounds / 4),
    () => timed(() => Promise.all(Array.from({ length: PARALLEL }, () => ours(setting, engine)))),
    () =>
      timed(async () => {
        for (let number = 0; number < PARALLEL; number += 1) await dockerRun(setting);
      }),
  );
  const peer = '`docker run --rm` with the same flags';
  return [
    {
      id: 'container',
      title: 'an agent’s container that has nothing to do, from its request until it is gone',
      unit: 'ms',
      samples: one.ours,
      limit: { title: peer, samples: one.theirs },
      target: { kind: 'ratio-at-most', value: 1.2 },
    },
    {
      id: 'container-attempt',
      title: 'what a container adds to an attempt, from the start of its runner to its record',
      unit: 'ms',
      samples: whole.ours,
      limit: { title: peer, samples: whole.theirs },
      target: { kind: 'ratio-at-most', value: 1.2 },
      note: 'the difference to the same attempt as a process',
    },
    {
      id: 'containers-parallel',
      title: 'eight of them at a time',
      unit: 'ms',
      samples: eight.ours,
      limit: { title: `eight times ${peer}, one after the other`, samples: eight.theirs },
      target: { kind: 'ratio-at-most', value: 1 },
    },
  ];
}

export const containers: Bench = {
  id: 'containers',
  title: 'Containers',
  async run({ short }) {
    const lacking = await whyNoEngine();
    if (lacking !== null) return { skipped: lacking };
    if ((await collect('docker', ['--version'])).code !== 0) return { skipped: 'there is no docker command' };
    const engine = await startEngine();
    const folder = await mkdtemp(join(tmpdir(), 'cfn-bench-containers-'));
    try {
      const network = await dockerOf(engine).createNetwork({ Name: 'bench', Internal: true });
      return await measure({ engine, folder, network: network.id }, short ? 2 : 20);
    } finally {
      await engine.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

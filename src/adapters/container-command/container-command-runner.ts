import { createHash } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { ok, type Result } from '../../base/result.ts';
import type { Clock } from '../../base/clock.ts';
import { LABELS } from '../../domain/containers/engine.ts';
import { CONTAINER_HOME, containerEnvironment } from '../../domain/containers/environment.ts';
import { proxyVariables } from '../../domain/containers/egress.ts';
import { memoryRanOut, rulesOf, type ContainerPlan } from '../../domain/containers/plan.ts';
import { createTail } from '../../base/tail.ts';
import { untilStopped } from '../../base/until-stopped.ts';
import type { CommandOutcome, CommandRunner, ShellCommand } from '../../ports/command-runner.ts';
import type { EgressProxy, OpenEgressProxy } from '../../ports/egress-proxy.ts';
import type { ContainerEngine, ContainerExit, LoopNetwork, Mount } from '../../ports/container-engine.ts';

export interface ContainerCommandRunnerDeps {
  readonly clock: Clock;
  readonly plan: ContainerPlan;
  /** Where commands are, of which one may need what a lockfile names. */
  readonly network: () => Promise<Result<LoopNetwork, string>>;
  readonly openEgressProxy: OpenEgressProxy;
  /** Id of the repository. */
  readonly owner: string;
  readonly taskId: string;
  readonly user: string;
  readonly engine: () => Promise<ContainerEngine>;
  /** A fresh random word for each command, which its container carries. */
  readonly token: () => string;
  /** Written down before a command starts and taken back after its end, so that what a killed process left is found. */
  readonly register: {
    add(token: string): Promise<void>;
    remove(token: string): Promise<void>;
  };
}

const TAIL_LIMIT = 8_192;
const KILL_GRACE_MS = 1_000;

/** The same as on this machine, in a container for each command; nothing of the machine is there but its folders. */
export function createContainerCommandRunner(deps: ContainerCommandRunnerDeps): CommandRunner {
  return {
    run: async (command, signal) => {
      const token = deps.token();
      const started = deps.clock.now();
      const tail = createTail(TAIL_LIMIT);
      await deps.register.add(token);
      const ending = await runCommand({ deps, command, token, tail }, signal);
      await deps.register.remove(token);
      const durationMs = deps.clock.now() - started;
      return { exitCode: null, signal: null, ...ending, tail: tail.text(), durationMs };
    },
  };
}

interface Run {
  readonly deps: ContainerCommandRunnerDeps;
  readonly command: ShellCommand;
  readonly token: string;
  readonly tail: ReturnType<typeof createTail>;
}

type Ending = Pick<CommandOutcome, 'status'> & Partial<Pick<CommandOutcome, 'exitCode'>>;

async function runCommand(run: Run, signal: AbortSignal): Promise<Ending> {
  const { deps, tail } = run;
  if (signal.aborted) return { status: 'aborted' };
  const network = await deps.network();
  const proxy = network.ok ? await proxyIn(run, network.value) : network;
  if (!network.ok || !proxy.ok) {
    tail.add(proxy.ok ? '' : proxy.error);
    return { status: 'not-started' };
  }
  try {
    return await runIn(run, { network: network.value, proxy: proxy.value }, signal);
  } finally {
    await proxy.value?.close();
  }
}

/** What lockfiles name is fetched by it, where nothing else leads out. */
async function proxyIn(
  { deps: { plan, openEgressProxy }, token, tail }: Run,
  { gateway }: LoopNetwork,
): Promise<Result<EgressProxy | null, string>> {
  if (plan.network !== 'allowlist' || gateway === null) return ok(null);
  return openEgressProxy({
    bind: gateway,
    allow: rulesOf(plan),
    credential: { user: 'command', token: token.replaceAll(/[^A-Za-z0-9_-]/g, '') },
    onRefused: ({ host, port, why }) => tail.add(`Refused: ${host}:${port} (${why}).\n`),
  });
}

interface Place {
  readonly network: LoopNetwork;
  readonly proxy: EgressProxy | null;
}

async function runIn(run: Run, place: Place, signal: AbortSignal): Promise<Ending> {
  const { deps, command, tail } = run;
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  const engine = await deps.engine();
  const started = await engine.start(
    {
      ...requestOf(run, place),
      onOutput: (stream, chunk) => {
        const text = decoders[stream].write(chunk);
        tail.add(text);
        command.onOutput?.(text, stream);
      },
    },
    signal,
  );
  if (!started.ok) {
    if (started.error.kind === 'cancelled') return { status: 'aborted' };
    tail.add(started.error.message);
    return { status: 'not-started' };
  }
  const container = started.value;
  const done = new AbortController();
  const first = await Promise.race([
    container.exited,
    untilStopped(deps.clock, { timeoutMs: command.timeoutMs, signal, done: done.signal }),
  ]);
  done.abort();
  if (typeof first === 'string') {
    await container.signal('SIGTERM');
    await Promise.race([container.exited, deps.clock.sleep(KILL_GRACE_MS)]);
  } else await container.closed;
  await container.remove();
  return typeof first === 'string' ? { status: first } : endingOf(first, run);
}

function endingOf(exit: ContainerExit, { deps, tail }: Run): Ending {
  if (exit.kind !== 'exited') {
    tail.add(`\n${exit.message}\n`);
    return { status: 'not-started' };
  }
  if (exit.outOfMemory) tail.add(`\n${memoryRanOut(deps.plan.limits)}\n`);
  return { status: 'ended', exitCode: exit.code };
}

function requestOf({ deps, command, token }: Run, { network, proxy }: Place) {
  const { plan, owner, taskId, user } = deps;
  const mounts = command.writes.map((path): Mount => ({
    source: path,
    target: path,
    readonly: false,
    owned: true,
  }));
  const id = createHash('sha256').update(token).digest('hex').slice(0, 12);
  return {
    name: `cfn-command-${id}-${taskId}`,
    image: plan.image,
    argv: ['/bin/sh', '-c', command.command],
    cwd: command.cwd,
    env: { ...containerEnvironment(command.env), ...(proxy ? proxyVariables(proxy.url, []) : {}) },
    exchange: command.writes.at(-1) ?? command.cwd,
    stdinFile: null,
    user,
    mounts,
    tmpfs: ['/tmp', CONTAINER_HOME],
    limits: plan.limits,
    network: network.id,
    resolves: !network.internal,
    hosts: {},
    labels: { [LABELS.owner]: owner, [LABELS.task]: taskId, [LABELS.run]: token },
    talks: false,
  };
}

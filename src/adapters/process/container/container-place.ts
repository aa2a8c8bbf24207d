import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { err, ok, type Result } from '../../../base/result.ts';
import { memoryRanOut } from '../../../domain/containers/plan.ts';
import type { AgentExit } from '../../../domain/agents/ending.ts';
import { CONTAINER_HOME, containerEnvironment } from '../../../domain/containers/environment.ts';
import { proxyVariables } from '../../../domain/containers/egress.ts';
import { loopNames } from '../../../domain/containers/networks.ts';
import type { EgressProxy, OpenEgressProxy } from '../../../ports/egress-proxy.ts';
import type {
  ContainerEngine,
  ContainerExit,
  Mount,
  RunningContainer,
} from '../../../ports/container-engine.ts';
import type { AttemptContainer, AttemptSpec } from '../../../protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../../protocol/attempt-folder.ts';
import type { AgentProcess, AgentStart, StartAgent } from '../agent-process.ts';
import type { ProcessTree } from '../process-tree.ts';
import { createContainerTree } from './container-tree.ts';
import { openRelay, type Relay } from './relay.ts';

/** Where an attempt's agent runs, and what is known of its processes there. */
export interface AgentPlace {
  readonly startAgent: StartAgent;
  readonly tree: ProcessTree;
  /** Takes away what the place itself needed. */
  close(): Promise<void>;
}

export interface ContainerPlaceDeps {
  readonly spec: AttemptSpec;
  readonly container: AttemptContainer;
  readonly folder: string;
  readonly engine: ContainerEngine;
  readonly openEgressProxy: OpenEgressProxy;
}

/** Containers of one attempt: one for each run of the agent's program, and none is left when it ends. */
export function createContainerPlace(deps: ContainerPlaceDeps): AgentPlace {
  let current: RunningContainer | null = null;
  let relay: Relay | null = null;
  let proxy: EgressProxy | null = null;
  return {
    async startAgent(start) {
      relay ??= await relayTo(start.env[STORE], deps.container);
      if (proxy === null) {
        const opened = await proxyFor(deps, start.say);
        if (!opened.ok) return opened;
        proxy = opened.value;
      }
      const names = loopNames(deps.container.network.internal);
      const env = {
        ...withStore(start.env, names.store, relay),
        ...(proxy ? proxyVariables(proxy.url, Object.values(names)) : {}),
      };
      const started = await startInContainer(deps, { ...start, env });
      if (!started.ok) return started;
      current = started.value.container;
      return ok(started.value.agent);
    },
    tree: createContainerTree(() => current),
    async close() {
      await current?.remove();
      await relay?.close();
      await proxy?.close();
    },
  };
}

async function proxyFor(
  { spec, container: { network }, openEgressProxy }: ContainerPlaceDeps,
  say: AgentStart['say'],
): Promise<Result<EgressProxy | null, string>> {
  if (network.allow === null || network.gateway === null) return ok(null);
  return openEgressProxy({
    bind: network.gateway,
    allow: network.allow,
    credential: { user: spec.agentId, token: randomBytes(24).toString('base64url') },
    onRefused: ({ host, port, why }) => say('notice', `Refused: ${host}:${port} (${why}).`),
  });
}

const STORE = 'CFN_REDIS_URL';

/** The store listens on loopback, which is another one inside. */
async function relayTo(url: string | undefined, { network }: AttemptContainer): Promise<Relay | null> {
  if (url === undefined || network.gateway === null) return null;
  const { hostname, port } = new URL(url);
  return openRelay({ bind: network.gateway, to: { host: hostname, port: Number(port) } });
}

function withStore(
  env: Readonly<Record<string, string>>,
  name: string,
  relay: Relay | null,
): Readonly<Record<string, string>> {
  const { [STORE]: stored, ...rest } = env;
  if (stored === undefined || relay === null) return rest;
  const url = new URL(stored);
  url.host = `${name}:${relay.port}`;
  return { ...rest, [STORE]: url.href };
}

interface Started {
  readonly agent: AgentProcess;
  readonly container: RunningContainer;
}

async function startInContainer(
  { spec, container, folder, engine }: ContainerPlaceDeps,
  start: AgentStart,
): Promise<Result<Started, string>> {
  const started = await engine.start(
    {
      ...container,
      argv: start.argv,
      cwd: start.cwd,
      env: containerEnvironment(start.env),
      exchange: join(folder, ATTEMPT_FILES.outFolder),
      stdinFile: start.stdinFile,
      mounts: attemptMounts(spec, container, folder),
      tmpfs: ['/tmp', CONTAINER_HOME],
      network: container.network.id,
      resolves: !container.network.internal,
      hosts: hostsOf(container),
      talks: start.talks === true,
      onOutput: start.onOutput,
    },
    // A start that is not wanted any more is ended by its attempt, once it is known what there is to end.
    new AbortController().signal,
  );
  if (!started.ok) return err(started.error.message);
  const { id, name, stdin, closed, exited } = started.value;
  return ok({
    container: started.value,
    agent: {
      pid: null,
      container: { id, name },
      stdin: stdin instanceof Writable ? stdin : null,
      exited: exited.then(exitOf(container, start.argv[0] ?? '')),
      closed,
      release: () => undefined,
    },
  });
}

/** At their own paths, so that what an agent says of a file holds on both sides; `/workspace` besides. */
export function attemptMounts(
  { worktree }: AttemptSpec,
  { mounts }: AttemptContainer,
  folder: string,
): readonly Mount[] {
  const same = (name: string, readonly: boolean): Mount => {
    const path = join(folder, name);
    return { source: path, target: path, readonly, owned: true };
  };
  return [
    { source: worktree, target: worktree, readonly: false, owned: true },
    { source: worktree, target: '/workspace', readonly: false, owned: false },
    same(ATTEMPT_FILES.prompt, true),
    same(ATTEMPT_FILES.context, true),
    { ...same(ATTEMPT_FILES.outFolder, false), live: true },
    ...mounts,
  ];
}

const hostsOf = ({ network: { gateway, internal } }: AttemptContainer): Readonly<Record<string, string>> =>
  gateway === null
    ? {}
    : Object.fromEntries(Object.values(loopNames(internal)).map((name) => [name, gateway]));

/** The first process of a container is an init program, which says so of an agent that a signal ended. */
const BY_SIGNAL = 128;

function signalOf(code: number): string | null {
  const found = Object.entries(constants.signals).find(([, number]) => number === code - BY_SIGNAL);
  return found?.[0] ?? null;
}

const exitOf =
  ({ limits, image }: AttemptContainer, program: string) =>
  (exit: ContainerExit): AgentExit => {
    if (exit.kind === 'stranded') return { code: null, signal: null, stranded: exit.message };
    if (exit.kind === 'lost') return { code: null, signal: null, lost: exit.message };
    if (exit.missing) {
      const missing = `${program} was not found in the image ${image}; install it there, or name another image with --image.`;
      return { code: null, signal: null, missing };
    }
    const signal = signalOf(exit.code);
    return {
      code: signal === null ? exit.code : null,
      signal,
      ...(exit.outOfMemory ? { outOfMemory: memoryRanOut(limits) } : {}),
    };
  };

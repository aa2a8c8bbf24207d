import type { Duplex, Writable } from 'node:stream';
import type Docker from 'dockerode';
import { ok, type Result } from '../../base/result.ts';
import { NO_RESOLVER } from '../../domain/containers/networks.ts';
import type { EngineError } from '../../domain/containers/engine.ts';
import type { ContainerRequest, RunningContainer } from '../../ports/container-engine.ts';
import type { ContainerFolders, OpenFolders } from './container-folders.ts';
import { createContainerOutput, type ContainerOutput } from './container-output.ts';
import { ask } from './engine.ts';
import { handOver } from './hand-over.ts';
import { removeContainer, runningContainer } from './running-container.ts';

/** Making one may have to wait for a slow disk. */
const CREATE_MS = 60_000;
const START_MS = 60_000;
/** One log of an engine that keeps them in files; so much can be read again when the engine comes back. */
const LOG_SIZE = '64m';

/** Creates, attaches and starts, in this order, so that nothing of its output is missed. */
export async function startContainer(
  docker: Docker,
  request: ContainerRequest,
  { openFolders, signal }: { readonly openFolders: OpenFolders; readonly signal: AbortSignal },
): Promise<Result<RunningContainer, EngineError>> {
  const { exchange } = request;
  const handed = exchange === null ? null : handOver(exchange, request);
  const opened = await openFolders(docker, request, signal);
  // What was sent elsewhere is read there.
  if (!opened.ok || opened.value.away) handed?.discard();
  if (!opened.ok) return opened;
  const folders = opened.value;
  const putAway = async (): Promise<void> => {
    handed?.discard();
    await folders.putAway();
  };
  const missing = () => handed?.missing() ?? false;
  const created = await create(
    docker,
    { ...request, ...(handed ? { argv: handed.argv, env: {} } : {}) },
    { folders, signal },
  );
  if (!created.ok) {
    await putAway();
    return created;
  }
  const container = created.value;
  const output = createContainerOutput(request.onOutput);
  const started = await attachAndStart(container, { request, output, signal });
  if (!started.ok) {
    // A port or a mount that cannot be had leaves a container that was never started.
    await removeContainer(container);
    await putAway();
    return started;
  }
  folders.watch();
  return ok(
    runningContainer(container, { name: created.name, output, folders, putAway, missing, ...started.value }),
  );
}

type Created =
  | { readonly ok: true; readonly value: Docker.Container; readonly name: string }
  | { readonly ok: false; readonly error: EngineError };

interface Creating {
  readonly folders: ContainerFolders;
  readonly signal: AbortSignal;
}

async function create(docker: Docker, request: ContainerRequest, creating: Creating): Promise<Created> {
  const [uid, gid] = request.user.split(':');
  const made = await createWith(docker, request, { ...creating, memory: `uid=${uid},gid=${gid}` });
  if (made.ok || !/unknown mount option/.test(made.error.message)) return made;
  // What Podman has in its place.
  return createWith(docker, request, { ...creating, memory: 'U' });
}

interface Owned extends Creating {
  /** The option by which a folder of memory is the user's. */
  readonly memory: string;
}

async function createWith(
  docker: Docker,
  request: ContainerRequest,
  { folders, memory, signal }: Owned,
): Promise<Created> {
  const run = Object.values(request.labels).at(-1) ?? '';
  // The name is for people; the labels are what it is known by.
  for (const name of [request.name, `${request.name}-${run.slice(0, 8)}`]) {
    const made = await ask('create a container', { signal, deadlineMs: CREATE_MS }, (abortSignal) =>
      docker.createContainer({ ...optionsOf(request, name, { ...folders, memory }), abortSignal }),
    );
    if (made.ok) return { ok: true, value: made.value, name };
    if (made.error.kind !== 'conflict') return made;
  }
  return { ok: false, error: { kind: 'conflict', message: `The name ${request.name} is taken.` } };
}

function optionsOf(
  request: ContainerRequest,
  name: string,
  { mounts, labels, memory }: Pick<ContainerFolders, 'mounts' | 'labels'> & Pick<Owned, 'memory'>,
): Docker.ContainerCreateOptions {
  const { limits, network, hosts, tmpfs, talks, user } = request;
  const inMemory = `rw,nosuid,nodev,exec,size=${limits.tmpfsBytes},mode=0700,${memory}`;
  return {
    name,
    Image: request.image,
    // The image's own entry point is no part of our contract.
    Entrypoint: [],
    Cmd: [...request.argv],
    WorkingDir: request.cwd,
    User: user,
    Env: Object.entries(request.env).map(([key, value]) => `${key}=${value}`),
    Labels: { ...request.labels, ...labels },
    AttachStdout: true,
    AttachStderr: true,
    AttachStdin: talks,
    OpenStdin: talks,
    StdinOnce: talks,
    Tty: false,
    HostConfig: {
      NetworkMode: network,
      ExtraHosts: Object.entries(hosts).map(([host, address]) => `${host}:${address}`),
      Mounts: mounts,
      Tmpfs: Object.fromEntries(tmpfs.map((folder) => [folder, inMemory])),
      ...(request.resolves ? {} : { Dns: [...NO_RESOLVER.servers], DnsOptions: [...NO_RESOLVER.options] }),
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Init: true,
      PidsLimit: limits.pids,
      Memory: limits.memoryBytes,
      // No swap beyond it: what does not fit is ended, instead of slowing the machine down.
      MemorySwap: limits.memoryBytes,
      MemoryReservation: limits.memoryReservationBytes,
      NanoCpus: Math.round(limits.cpus * 1e9),
      LogConfig: { Type: 'json-file', Config: { 'max-size': LOG_SIZE } },
    },
  };
}

interface Starting {
  readonly request: ContainerRequest;
  readonly output: ContainerOutput;
  readonly signal: AbortSignal;
}

interface Attached {
  readonly stdin: Writable | null;
  /** The end of both outputs. */
  readonly read: Promise<void>;
}

async function attachAndStart(
  container: Docker.Container,
  { request: { talks }, output, signal }: Starting,
): Promise<Result<Attached, EngineError>> {
  const attached = await ask('attach to a container', { signal }, () =>
    container.attach({ stream: true, stdout: true, stderr: true, stdin: talks, hijack: talks }),
  );
  if (!attached.ok) return attached;
  const read = output.read(attached.value);
  const started = await ask('start a container', { signal, deadlineMs: START_MS }, (abortSignal) =>
    container.start({ abortSignal }),
  );
  return started.ok ? ok({ stdin: talks ? (attached.value as Duplex) : null, read }) : started;
}

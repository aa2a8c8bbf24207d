import type Docker from 'dockerode';
import * as z from 'zod/mini';
import { err, ok, type Result } from '../../base/result.ts';
import { isElsewhere, LABELS, type EngineAddress, type EngineError } from '../../domain/containers/engine.ts';
import type { ContainerEngine, EngineFacts, ListedContainer, Mount } from '../../ports/container-engine.ts';
import { mountFolders } from './container-folders.ts';
import { startContainer } from './container.ts';
import { openShell } from './container-shell.ts';
import { measureContainer } from './container-stats.ts';
import { ask, openDocker } from './engine.ts';
import { takeBack } from './ownership.ts';
import { removeContainer } from './running-container.ts';
import { bringBackFrom, shipFolders } from './shipped-folders.ts';

/** Nothing is asked of the engine before the first call. */
export function createContainerEngine(address: EngineAddress): ContainerEngine {
  const docker = openDocker(address);
  const openFolders = isElsewhere(address) ? shipFolders : mountFolders;
  return {
    facts: (signal) => factsOf(docker, address, signal),
    async hasImage(name, signal) {
      const found = await ask('tell of an image', { signal }, () => docker.getImage(name).inspect());
      if (found.ok) return ok(true);
      return found.error.kind === 'missing' ? ok(false) : found;
    },
    start: (request, signal) => startContainer(docker, request, { openFolders, signal }),
    list: (labels, signal) => listContainers(docker, labels, signal),
    measure: (id, signal) => measureContainer(docker.getContainer(id), signal),
    shell: (id, request, signal) => openShell(docker.getContainer(id), request, signal),
    endRun: (runToken, signal, mounts = []) => endRun(docker, runToken, { mounts, signal }),
    takeBack: async (mounts) => (isElsewhere(address) ? undefined : takeBack(mounts)),
    remove: (id, signal) => removeWithHolder(docker, id, signal),
  };
}

async function endRun(
  docker: Docker,
  runToken: string,
  { mounts, signal }: { readonly mounts: readonly Mount[]; readonly signal: AbortSignal },
): Promise<number> {
  const left = await listContainers(docker, { [LABELS.run]: runToken }, signal);
  if (!left.ok) return 0;
  const holds = ({ labels }: ListedContainer) => labels[LABELS.folders] !== undefined;
  const removed = (ids: readonly ListedContainer[]) =>
    Promise.all(ids.map(({ id }) => removeContainer(docker.getContainer(id))));
  // Volumes are kept by whoever works in them, and what is still written to is not brought back.
  await removed(left.value.filter((one) => !holds(one)));
  const holders = left.value.filter(holds);
  for (const { id, labels } of holders)
    if (mounts.length > 0) await bringBackFrom(docker.getContainer(id), labels[LABELS.folders] ?? '', mounts);
  await removed(holders);
  return left.value.length;
}

async function removeWithHolder(
  docker: Docker,
  id: string,
  signal: AbortSignal,
): Promise<Result<void, EngineError>> {
  const container = docker.getContainer(id);
  const known = await ask('tell of a container', { signal }, (abortSignal) =>
    container.inspect({ abortSignal }),
  );
  const removed = await removeContainer(container);
  const holder = known.ok ? known.value.Config.Labels[LABELS.holder] : undefined;
  return removed.ok && holder ? removeContainer(docker.getContainer(holder)) : removed;
}

async function listContainers(
  docker: Docker,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Result<readonly ListedContainer[], EngineError>> {
  const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const listed = await ask('list containers', { signal }, (abortSignal) =>
    docker.listContainers({ all: true, filters: { label }, abortSignal }),
  );
  if (!listed.ok) return listed;
  return ok(
    listed.value.map(({ Id: id, Names: names, State: state, Status: status, Labels: given }) => ({
      id,
      name: (names[0] ?? '').replace(/^\//, ''),
      state,
      isHealthy: status.includes('(unhealthy)') ? false : status.includes('(healthy)') || null,
      labels: given,
    })),
  );
}

const versionSchema = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  Os: z.string(),
  Arch: z.string(),
  Components: z._default(z.array(z.object({ Name: z.string() })), []),
});
const infoSchema = z.object({
  NCPU: z.number(),
  MemTotal: z.number(),
  OperatingSystem: z._default(z.string(), ''),
});

async function factsOf(
  docker: Docker,
  address: EngineAddress,
  signal: AbortSignal,
): Promise<Result<EngineFacts, EngineError>> {
  const told = await ask('tell its version', { signal }, async () => ({
    version: versionSchema.parse(await docker.version()),
    info: infoSchema.parse(await docker.info()),
  }));
  if (!told.ok) return told;
  const { version, info } = told.value;
  const podman = version.Components.some(({ Name: name }) => /podman/i.test(name));
  return ok({
    address,
    version: version.Version,
    apiVersion: version.ApiVersion,
    flavour: podman ? 'podman' : 'docker',
    platform: `${version.Os}/${version.Arch}`,
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    local:
      address.host.startsWith('unix://') && process.platform === 'linux' && !isDesktop(info.OperatingSystem),
  });
}

/** It answers on a socket here, and runs in a machine of its own. */
const isDesktop = (system: string): boolean => /docker desktop/i.test(system);

export interface FoundEngine {
  readonly engine: ContainerEngine;
  readonly facts: EngineFacts;
}

/** The first address that answers; the last error, or why there is none to ask. */
export async function findEngine(
  addresses: readonly EngineAddress[],
  signal: AbortSignal,
): Promise<Result<FoundEngine, EngineError>> {
  let last: EngineError = {
    kind: 'unreachable',
    message:
      'No container engine was found: there is no socket of Docker or Podman, and DOCKER_HOST is not set.',
  };
  for (const address of addresses) {
    const opened = open(address);
    if (!opened.ok) return opened;
    const facts = await opened.value.facts(signal);
    if (facts.ok) return ok({ engine: opened.value, facts: facts.value });
    last = facts.error;
  }
  return err(last);
}

/** What a person named may be no address, or its certificates may not be there. */
function open(address: EngineAddress): Result<ContainerEngine, EngineError> {
  try {
    return ok(createContainerEngine(address));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return err({
      kind: 'refused',
      message: `${address.source} names ${JSON.stringify(address.host)}, which cannot be used (${why}); it takes an address such as unix:///var/run/docker.sock.`,
    });
  }
}

import { join } from 'node:path';
import { engineAddresses } from './adapters/docker/address.ts';
import { createContainerEngine, findEngine, type FoundEngine } from './adapters/docker/container-engine.ts';
import { createContainerNetworks, ownSubnets } from './adapters/docker/networks.ts';
import { createContainerImages } from './adapters/docker/images.ts';
import { listSwarmNodes } from './adapters/docker/swarm-nodes.ts';
import { openEgressProxy as open } from './adapters/egress/egress-proxy.ts';
import { err, ok, type Result } from './base/result.ts';
import { containerUser } from './container-user.ts';
import type { CoreOptions } from './app/core.ts';
import type { EngineError } from './domain/containers/engine.ts';
import type { ContainerImages } from './ports/container-images.ts';
import type { ContainerNetworks } from './ports/container-networks.ts';
import type { OpenEgressProxy } from './ports/egress-proxy.ts';

/** Loaded by whoever works with containers, and by nobody else: the client is larger than most of our programs. */
export { createContainerEngine, createContainerNetworks, listSwarmNodes, ownSubnets };

/** For an engine to answer at all of its addresses. */
const FIND_MS = 20_000;

/** The engine that answers here. */
export const findContainerEngine = (
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<Result<FoundEngine, EngineError>> => {
  const late = AbortSignal.timeout(FIND_MS);
  return findEngine(engineAddresses({ env }), signal ? AbortSignal.any([signal, late]) : late);
};

export async function openNetworks(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Result<ContainerNetworks, EngineError>> {
  const found = await findContainerEngine(env, signal);
  return found.ok ? ok(createContainerNetworks(found.value.facts.address)) : found;
}

export const openEgressProxy: OpenEgressProxy = (options) => open(options);

export async function openImages(
  { env, programs }: Pick<CoreOptions, 'env' | 'programs'>,
  signal: AbortSignal,
): Promise<Result<ContainerImages, string>> {
  const found = await findContainerEngine(env, signal);
  if (!found.ok) return err(found.error.message);
  return ok(
    createContainerImages({
      address: found.value.facts.address,
      dockerfile: join(programs, '..', 'docker', 'Dockerfile.agent'),
      user: containerUser(),
    }),
  );
}

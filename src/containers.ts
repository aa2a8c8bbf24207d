import { engineAddresses } from './adapters/docker/address.ts';
import { createContainerEngine, findEngine, type FoundEngine } from './adapters/docker/container-engine.ts';
import { createContainerNetworks, ownSubnets } from './adapters/docker/networks.ts';
import { openEgressProxy as open } from './adapters/egress/egress-proxy.ts';
import { ok, type Result } from './base/result.ts';
import { openImages } from './container-images.ts';
import type { EngineError } from './domain/containers/engine.ts';
import type { ContainerNetworks } from './ports/container-networks.ts';
import type { OpenEgressProxy } from './ports/egress-proxy.ts';

/** Loaded by whoever works with containers, and by nobody else: the client is larger than most of our programs. */
export { createContainerEngine, createContainerNetworks, openImages, ownSubnets };

export const findContainerEngine = (
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Result<FoundEngine, EngineError>> => findEngine(engineAddresses({ env }), signal);

export async function openNetworks(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Result<ContainerNetworks, EngineError>> {
  const found = await findContainerEngine(env, signal);
  return found.ok ? ok(createContainerNetworks(found.value.facts.address)) : found;
}

export const openEgressProxy: OpenEgressProxy = (options) => open(options);

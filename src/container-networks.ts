import { engineAddresses } from './adapters/docker/address.ts';
import { findEngine } from './adapters/docker/container-engine.ts';
import { createContainerNetworks, ownSubnets } from './adapters/docker/networks.ts';
import { ok, type Result } from './base/result.ts';
import type { EngineError } from './domain/containers/engine.ts';
import type { ContainerNetworks } from './ports/container-networks.ts';

export { ownSubnets };

/** Loaded by whoever looks at networks, and by nobody else: the engine's client is large. */
export async function openNetworks(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Result<ContainerNetworks, EngineError>> {
  const found = await findEngine(engineAddresses({ env }), signal);
  return found.ok ? ok(createContainerNetworks(found.value.facts.address)) : found;
}

import { engineAddresses } from './adapters/docker/address.ts';
import type { CoreOptions } from './app/core.ts';
import { containers } from './open-engine.ts';
import type { OwnedContainers } from './ports/owned-containers.ts';

/** Nothing is loaded where there is no engine to ask. */
export async function openOwnedContainers(env: CoreOptions['env']): Promise<OwnedContainers | null> {
  if (engineAddresses({ env }).length === 0) return null;
  const { findContainerEngine, createContainerNetworks } = await containers.get();
  const found = await findContainerEngine(env);
  if (!found.ok) return null;
  const { engine, facts } = found.value;
  return { engine, networks: createContainerNetworks(facts.address) };
}

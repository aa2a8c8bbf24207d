import type { ContainerEngine } from './container-engine.ts';
import type { ContainerNetworks } from './container-networks.ts';

/** Where containers and networks of a repository may have been left. */
export interface OwnedContainers {
  readonly engine: Pick<ContainerEngine, 'list' | 'remove'>;
  readonly networks: Pick<ContainerNetworks, 'list' | 'remove'>;
}

/** Null where no engine answers. */
export type OpenOwnedContainers = () => Promise<OwnedContainers | null>;

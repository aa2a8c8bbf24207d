import type { Result } from '../base/result.ts';
import type { EngineError } from '../domain/containers/engine.ts';
import type { ListedNetwork, NetworkWish } from '../domain/containers/networks.ts';

export interface ContainerNetwork {
  /** What containers are connected by: a name can stand for two networks of an engine. */
  readonly id: string;
  readonly name: string;
  /** CIDR */
  readonly subnet: string;
  /** This machine's address in it, where the engine runs on this machine. */
  readonly gateway: string;
  readonly internal: boolean;
}

export interface NetworkRequest {
  readonly wish: NetworkWish;
  /** Id of the repository: nobody else's network is used or removed. */
  readonly owner: string;
  /** Beside the owner's. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface ContainerNetworks {
  /** The owner's network, a new one where it has none. Processes that ask at the same time get the same one. */
  ensure(request: NetworkRequest, signal: AbortSignal): Promise<Result<ContainerNetwork, EngineError>>;
  /** All of the engine's, whoever made them. */
  list(signal: AbortSignal): Promise<Result<readonly ListedNetwork[], EngineError>>;
  /** Only where it is the owner's and no container, running or not, is in it. One that is gone is as good. */
  remove(
    id: string,
    owner: string,
    signal: AbortSignal,
  ): Promise<Result<'gone' | 'in-use' | 'foreign', EngineError>>;
}

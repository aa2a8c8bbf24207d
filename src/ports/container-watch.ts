import type { Result } from '../base/result.ts';
import type { EngineAddress, EngineError } from '../domain/containers/engine.ts';
import type { ContainerSample } from '../domain/containers/usage.ts';
import type { ListedContainer } from './container-engine.ts';

export interface SeenContainer extends ListedContainer {
  /** Null where it does not run, or could not be measured. */
  readonly sample: ContainerSample | null;
}

/** For people who look at containers. Each call to an engine ends by a deadline of its own. */
export interface ContainerWatch {
  /** All that carry every one of these labels; those that run are measured. */
  look(
    engine: EngineAddress,
    labels: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Result<readonly SeenContainer[], EngineError>>;
}

import type { Result } from '../base/result.ts';
import type { ComposeEnvironment } from '../domain/containers/compose-environment.ts';

/** A checkout with what its services need to stand beside those of other branches. */
export interface ComposePlace {
  /** Its top folder. */
  readonly root: string;
  /** The branch's ports, leased until they are released, and free subnets; `note`: what could not be looked at. */
  environment(
    branch: string,
  ): Promise<Result<{ readonly environment: ComposeEnvironment; readonly note: string | null }, string>>;
  release(branch: string): Promise<void>;
}

export type OpenComposePlace = (folder: string) => Promise<Result<ComposePlace, string>>;

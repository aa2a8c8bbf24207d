import type Docker from 'dockerode';
import { ok, type Result } from '../../base/result.ts';
import type { EngineError } from '../../domain/containers/engine.ts';
import type { ContainerRequest } from '../../ports/container-engine.ts';
import { makeOver, takeBack } from './ownership.ts';

/** How a container comes to the folders that it works with. */
export interface ContainerFolders {
  readonly mounts: Docker.MountSettings[];
  readonly labels: Readonly<Record<string, string>>;
  /** They are copies on another machine, of which nothing is here before `bringBack`. */
  readonly away: boolean;
  /** Called once it runs. */
  watch(): void;
  /** Once it has ended: what it wrote is in its place; else why not, in one sentence. */
  bringBack(): Promise<string | null>;
  /** After the container itself: takes away what was made for it. */
  putAway(): Promise<void>;
}

export type OpenFolders = (
  docker: Docker,
  request: ContainerRequest,
  signal: AbortSignal,
) => Promise<Result<ContainerFolders, EngineError>>;

/** Of an engine on this machine: as they are, at their paths. */
export const mountFolders: OpenFolders = async (_, { mounts, user }) => {
  await makeOver(mounts, user);
  return ok({
    // Not as "binds", in which a path with a colon would be read as two.
    mounts: mounts.map(({ source, target, readonly }) => ({
      Type: 'bind',
      Source: source,
      Target: target,
      ReadOnly: readonly,
    })),
    labels: {},
    away: false,
    watch: () => undefined,
    bringBack: async () => null,
    putAway: () => takeBack(mounts),
  });
};

import { join } from 'node:path';
import { engineAddresses } from './adapters/docker/address.ts';
import { findEngine } from './adapters/docker/container-engine.ts';
import { createContainerImages } from './adapters/docker/images.ts';
import type { CoreOptions } from './app/core.ts';
import { containerUser } from './container-user.ts';
import { err, ok, type Result } from './base/result.ts';
import type { ContainerImages } from './ports/container-images.ts';

/** For an engine to answer at all of its addresses. */
const FIND_MS = 20_000;

export async function openImages(
  { env, programs }: Pick<CoreOptions, 'env' | 'programs'>,
  signal: AbortSignal,
): Promise<Result<ContainerImages, string>> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(FIND_MS)]);
  const found = await findEngine(engineAddresses({ env }), limit);
  if (!found.ok) return err(found.error.message);
  return ok(
    createContainerImages({
      address: found.value.facts.address,
      dockerfile: join(programs, '..', 'docker', 'Dockerfile.agent'),
      user: containerUser(),
    }),
  );
}

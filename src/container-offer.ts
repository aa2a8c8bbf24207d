import { existsSync } from 'node:fs';
import { engineAddresses } from './adapters/docker/address.ts';
import type { CoreOptions } from './app/core.ts';
import { programCandidates, variable } from './base/programs.ts';
import { clause, engineName, whyNoEngine, type ContainerOffer } from './domain/containers/offer.ts';
import { whyNoFolders } from './domain/containers/engine.ts';
import { containers } from './open-engine.ts';

const ASK_MS = 10_000;

/** Whether agents could run in containers of this image now, for a person who chooses. */
export async function containerOffer(env: CoreOptions['env'], image: string): Promise<ContainerOffer> {
  const { findContainerEngine } = await containers.get();
  const found = await findContainerEngine(env);
  if (!found.ok) {
    const asked = engineAddresses({ env }).at(-1) ?? null;
    return {
      kind: 'missing',
      why: whyNoEngine({ asked, error: found.error, installed: installedEngine(env) }),
    };
  }
  const { engine, facts } = found.value;
  const elsewhere = whyNoFolders(process.platform);
  if (elsewhere !== null) return { kind: 'missing', why: clause(elsewhere) };
  const there = await engine.hasImage(image, AbortSignal.timeout(ASK_MS));
  if (!there.ok) return { kind: 'missing', why: clause(there.error.message) };
  return { kind: 'ready', engine: engineName(facts), image, hasImage: there.value };
}

/** The first of their commands that is there; null where none is. */
function installedEngine(env: CoreOptions['env']): 'Docker' | 'Podman' | null {
  const { platform } = process;
  const search = {
    platform,
    path: variable(env, 'PATH', platform),
    pathExt: variable(env, 'PATHEXT', platform),
  };
  const isThere = (name: string) => programCandidates(name, search).some((path) => existsSync(path));
  if (isThere('docker')) return 'Docker';
  return isThere('podman') ? 'Podman' : null;
}

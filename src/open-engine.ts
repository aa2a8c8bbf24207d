import { loadOnce } from './base/load-once.ts';
import type { OpenEngine } from './ports/container-engine.ts';

/** Larger than most of our programs, and of use to those alone who run agents in containers. */
export const containers = loadOnce(() => import('./containers.ts'));

export const openEngine: OpenEngine = async (address) =>
  (await containers.get()).createContainerEngine(address);

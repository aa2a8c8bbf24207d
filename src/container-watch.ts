import { ok } from './base/result.ts';
import { LABELS } from './domain/containers/engine.ts';
import { containerState } from './domain/containers/usage.ts';
import { openEngine } from './open-engine.ts';
import type { ContainerWatch } from './ports/container-watch.ts';

/** Loads the engine's client with the first look. */
export const containerWatch: ContainerWatch = {
  async look(address, labels, signal) {
    const engine = await openEngine(address);
    const listed = await engine.list(labels, signal);
    if (!listed.ok) return listed;
    // One that only holds the folders of another never does anything.
    const working = listed.value.filter((one) => one.labels[LABELS.folders] === undefined);
    const seen = working.map(async (one) => {
      const measured = containerState(one.state) === 'running' ? await engine.measure(one.id, signal) : null;
      return { ...one, sample: measured?.ok ? measured.value : null };
    });
    return ok(await Promise.all(seen));
  },
};

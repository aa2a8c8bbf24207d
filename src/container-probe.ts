import type { ContainerProbe } from './app/health/doctor.ts';
import { err, ok } from './base/result.ts';
import { openEngine } from './open-engine.ts';

export const containerProbe: ContainerProbe = {
  async hasImage(address, name, signal) {
    const there = await (await openEngine(address)).hasImage(name, signal);
    return there.ok ? ok(there.value) : err(there.error.message);
  },
  async list(address, labels, signal) {
    const listed = await (await openEngine(address)).list(labels, signal);
    return listed.ok ? ok(listed.value) : err(listed.error.message);
  },
};

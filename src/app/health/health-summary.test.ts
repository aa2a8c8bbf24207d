import { expect, it } from 'vitest';
import type { StoreLook } from '../../ports/health-probes.ts';
import { summarize } from './health-summary.ts';

const answers: StoreLook = {
  kind: 'answers',
  latencyMs: 0.3,
  port: 1,
  pid: 1,
  clients: 1,
  keys: 0,
  behind: null,
  guarded: true,
};
const ended: StoreLook = { kind: 'ended', port: null };
const silent: StoreLook = { kind: 'silent', port: 1, message: 'no PONG' };

it.each([
  [answers, true, 0, 1, true, 'healthy'],
  [answers, false, 1, 0, false, 'idle'],
  [answers, false, 0, 1, false, 'degraded'],
  [ended, true, 0, 1, false, 'idle'],
  [ended, true, 1, 0, false, 'degraded'],
  [silent, true, 0, 0, false, 'degraded'],
  [ended, false, 0, 0, false, 'idle'],
] as const)(
  '[DP-123] is healthy when the store answers and the index exists: %o, %s, %i running, %i resting',
  (...[store, indexExists, running, resting, healthy, state]) => {
    const summary = summarize({ store, indexExists, running, resting });
    expect(summary).toMatchObject({ healthy, state, indexExists, store: store.kind });
    expect(summary.message.startsWith('Degraded:')).toBe(state === 'degraded');
  },
);

import type { OpenEngine } from '../../ports/container-engine.ts';
import type { AttemptSpec } from '../../protocol/attempt.ts';
import type { ProcessTable } from './process-entry.ts';
import { isAlive } from './process-table.ts';
import { createProcessTree } from './process-tree.ts';
import { freeRoom, readSpec, readState } from './attempt-files.ts';
import { serverToken } from './mcp/server-process.ts';
import { attemptMounts } from './container/container-place.ts';
import { finishTranscript } from './transcript.ts';

const GRACE_MS = 1000;
/** For an engine to list and end what is left of an attempt. */
const ENGINE_MS = 60_000;

export interface ReapDeps {
  readonly table: ProcessTable;
  /** Loaded for attempts in containers alone. */
  readonly openEngine: OpenEngine;
}

/**
 * Ends what is left of an attempt whose runner is gone. Does nothing while the runner lives, and touches
 * only processes and containers that carry the attempt's token, or descend from the agent the runner wrote down.
 */
export async function reapAttempt(folder: string, { table, openEngine }: ReapDeps): Promise<void> {
  const state = readState(folder);
  const spec = readSpec(folder);
  const token = state?.runToken ?? spec?.runToken;
  if (token === undefined) return;
  if (state !== null && (await isAlive(table, state.runner))) return;
  if (spec?.container) await endContainers(spec, folder, openEngine);
  const tree = createProcessTree({ table, token, spare: () => [] });
  if (state?.agent) tree.adopt(state.agent);
  await tree.end({ signal: 'SIGTERM', graceMs: GRACE_MS });
  for (const { id } of spec?.servers ?? []) {
    const server = createProcessTree({ table, token: serverToken(token, id), spare: () => [] });
    await server.end({ signal: 'SIGTERM', graceMs: GRACE_MS });
  }
  finishTranscript(folder, Date.now());
  freeRoom(folder);
}

/** What an engine that does not answer still has is taken away with the next look for what nobody owns. */
async function endContainers(spec: AttemptSpec, folder: string, openEngine: OpenEngine): Promise<void> {
  const { container, runToken } = spec;
  if (!container) return;
  const engine = await openEngine(container.engine);
  const mounts = attemptMounts(spec, container, folder);
  await engine.endRun(runToken, AbortSignal.timeout(ENGINE_MS), mounts);
  await engine.takeBack(mounts);
}

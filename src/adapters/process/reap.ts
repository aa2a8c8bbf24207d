import type { ProcessTable } from './process-entry.ts';
import { isAlive } from './process-table.ts';
import { createProcessTree } from './process-tree.ts';
import { freeRoom, readSpec, readState } from './attempt-files.ts';
import { serverToken } from './mcp/server-process.ts';
import { finishTranscript } from './transcript.ts';

const GRACE_MS = 1000;

/**
 * Ends what is left of an attempt whose runner is gone. Does nothing while the runner lives, and touches
 * only processes that carry the attempt's token or descend from the agent the runner wrote down.
 */
export async function reapAttempt(folder: string, table: ProcessTable): Promise<void> {
  const state = readState(folder);
  const spec = readSpec(folder);
  const token = state?.runToken ?? spec?.runToken;
  if (token === undefined) return;
  if (state !== null && (await isAlive(table, state.runner))) return;
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

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptLook, AttemptProbe } from '../../ports/health-probes.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import { readState } from './attempt-files.ts';
import type { ProcessIdentity, ProcessTable } from './process-entry.ts';
import { isAlive } from './process-table.ts';

/** What an attempt's folder and the process table say; ends nothing. */
export function createAttemptProbe(table: ProcessTable): AttemptProbe {
  return {
    look: async (folder) => {
      const there = await stat(folder).catch(() => null);
      if (there?.isDirectory() !== true) return null;
      const record = await stat(join(folder, ATTEMPT_FILES.record)).catch(() => null);
      const state = readState(folder);
      const runner =
        state === null ? null : { pid: state.runner.pid, alive: await isAlive(table, state.runner) };
      return {
        recordBytes: record === null ? null : record.size,
        runner,
        agent: state?.agent ? await agentLook(table, state.agent) : null,
      };
    },
  };
}

async function agentLook(table: ProcessTable, agent: ProcessIdentity): Promise<AttemptLook['agent']> {
  const { pid } = agent;
  if (!(await isAlive(table, agent))) return { pid, alive: false, ownGroup: null };
  const group = (await table.list()).find((entry) => entry.pid === pid)?.group ?? null;
  return { pid, alive: true, ownGroup: group === null ? null : group === pid };
}

import type { HolderProbe } from '../../ports/health-probes.ts';
import { currentHolder } from './holder.ts';
import { createProcesses, type Processes } from './process-identity.ts';

/** Who holds a loop, without taking it. */
export function createHolderProbe(
  folderOf: (taskId: string) => string,
  processes: Processes = createProcesses(),
): HolderProbe {
  return {
    holder: async (taskId) => {
      const holder = await currentHolder(folderOf(taskId), processes);
      return holder === null ? null : { pid: holder.record.pid, state: holder.state };
    },
  };
}

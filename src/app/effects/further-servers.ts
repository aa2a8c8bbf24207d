import type { AttemptFolders } from '../../ports/attempt-folders.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import type { AttemptSpec } from '../../protocol/attempt.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';
import type { Attempt } from './launch.ts';

export interface FurtherServers {
  readonly spec: Pick<AttemptSpec, 'servers'>;
  /** Into the attempt's folder, once that is there. */
  giveSecrets(folders: Pick<AttemptFolders, 'keep'>, folder: string): Promise<void>;
}

const NONE: FurtherServers = { spec: {}, giveSecrets: () => Promise.resolve() };

/** The MCP servers that an agent sees by the loop's skills. A repair corrects a result, and does none of the work again. */
export async function furtherServers(
  { config, mcpServers, logger }: Pick<LoopScope, 'config' | 'mcpServers' | 'logger'>,
  { effect, repair }: Attempt,
): Promise<FurtherServers> {
  if (repair || !config.skills) return NONE;
  const found = await mcpServers.forSkills(config.skills);
  if (!found.ok) throw new LoopFault(`${effect.agentId} could not be started: ${found.error}`);
  const { launches, secrets, missing } = found.value;
  for (const sentence of missing) logger.warn(sentence, { taskId: config.taskId, agentId: effect.agentId });
  if (launches.length === 0) return NONE;
  return {
    spec: { servers: [...launches] },
    giveSecrets: async (folders, folder) => {
      if (Object.keys(secrets).length > 0)
        await folders.keep(folder, ATTEMPT_FILES.serverSecrets, JSON.stringify(secrets));
    },
  };
}

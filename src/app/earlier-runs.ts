import * as z from 'zod';
import type { LoopConfig } from '../domain/loop/config.ts';
import { expectedPrices, type EarlierRun } from './cost-estimate.ts';
import type { LoopDeps } from './loop-deps.ts';

const RUNS = `SELECT a.task_id AS taskId, a.role AS role, a.cost_usd AS costUsd,
    CASE WHEN json_extract(m.value, '$.program.kind') = 'preset' THEN json_extract(m.value, '$.program.preset')
              || coalesce(' (' || json_extract(m.value, '$.program.route.provider') || ')', '')
         WHEN json_extract(m.value, '$.program.tty') THEN 'exec-tty' ELSE 'exec' END AS preset
  FROM attempts a
  JOIN events e ON e.task_id = a.task_id AND e.type = 'LoopStarted'
  JOIN json_each(e.body, '$.config.crew') m ON json_extract(m.value, '$.id') = a.agent_id
  WHERE a.ended_at IS NOT NULL`;

const runsSchema = z.array(
  z.object({
    taskId: z.string(),
    role: z.string(),
    preset: z.string(),
    costUsd: z.number().nullable(),
  }),
);

type Deps = Pick<LoopDeps, 'readModel' | 'logger'>;

/** From the index over this repository's loops; without it prices are unknown, which whoever asks has to say. */
export async function earlierRuns({ readModel, logger }: Deps): Promise<readonly EarlierRun[]> {
  try {
    return runsSchema.parse(await readModel.query(RUNS));
  } catch (error) {
    logger.warn(`Earlier prices could not be read: ${String(error)}`);
    return [];
  }
}

/** What runs are expected to cost is looked up once, so that a loop decides the same whenever it is replayed. */
export async function withPrices(
  deps: Deps & Pick<LoopDeps, 'dayBudget'>,
  config: LoopConfig,
): Promise<LoopConfig> {
  if (config.budgetUsd === null && (await deps.dayBudget.standing()) === null) return config;
  return { ...config, prices: expectedPrices(await earlierRuns(deps)) };
}

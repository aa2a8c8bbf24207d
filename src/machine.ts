import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import { createAgentSlots } from './adapters/journal/agent-slots.ts';
import { createDayBudget } from './adapters/journal/day-budget.ts';
import { createLoopQueue } from './adapters/journal/loop-queue.ts';
import { createProcesses } from './adapters/journal/process-identity.ts';
import { createAttemptWatch } from './adapters/process/attempt-watch.ts';
import { createProcessTable } from './adapters/process/process-table.ts';
import { openEngine } from './open-engine.ts';
import type { CoreOptions } from './app/core.ts';
import type { LoopDeps } from './app/loop-deps.ts';
import { systemClock } from './base/clock.ts';
import type { Logger } from './base/logger.ts';
import { LADDER } from './domain/agents/ladder.ts';
import { SUSPICION, suspicionAfter } from './domain/agents/status.ts';
import type { AgentSlots } from './ports/agent-slots.ts';
import type { AttemptWatch } from './ports/agent-runtime.ts';
import type { DayBudget } from './ports/day-budget.ts';
import type { LoopQueue } from './ports/loop-queue.ts';
import type { Repository } from './ports/worktrees.ts';

/** What one agent CLI needs at least, for choosing how many run at once. */
const AGENT_FOOTPRINT_BYTES = 600 * 1024 * 1024;

const attemptWatch = (): AttemptWatch => createAttemptWatch({ table: createProcessTable(), openEngine });

/** Attempts on this machine, and how many of them there may be. */
export function watchOver(
  options: CoreOptions,
  home: string,
): Pick<LoopDeps, 'watch' | 'agentSlots' | 'dayBudget' | 'suspicion' | 'ladder'> {
  const watch = attemptWatch();
  return {
    watch,
    agentSlots: slotsOf(options, home, watch),
    dayBudget: dayBudgetOf(options, home),
    ...careOf(options),
  };
}

export const slotsOf = (
  options: Pick<CoreOptions, 'maxAgentsOnMachine'>,
  home: string,
  watch: AttemptWatch = attemptWatch(),
): AgentSlots =>
  createAgentSlots({
    folder: join(home, 'agents'),
    limit: async () => (await options.maxAgentsOnMachine?.()) ?? defaultAgentLimit(),
    runs: async (folder) => (await watch.standing(folder)).kind === 'running',
    processes: createProcesses(),
    clock: systemClock,
  });

export const dayBudgetOf = (options: Pick<CoreOptions, 'budgetPerDay'>, home: string): DayBudget =>
  createDayBudget({
    folder: join(home, 'spending'),
    limit: async () => (await options.budgetPerDay?.()) ?? null,
    processes: createProcesses(),
    clock: systemClock,
  });

/** Over all loops of the user: agents mostly wait for their models, and loops that were asked for may do so too. */
const defaultAgentLimit = (): number => Math.max(8, 2 * availableParallelism());

/** The line of all loops of the user, with those of one repository in it. */
export function lineOf(home: string, { facts }: Repository, logger: Logger): LoopQueue {
  return createLoopQueue({
    folder: join(home, 'queue'),
    repository: { id: facts.id, root: facts.root },
    processes: createProcesses(),
    clock: systemClock,
    logger,
  });
}

function careOf({ agentCare }: CoreOptions): Pick<LoopDeps, 'suspicion' | 'ladder'> {
  return {
    suspicion: () => (agentCare ? suspicionAfter(agentCare().stuckAfterMs) : SUSPICION),
    ladder: () => {
      const chosen = agentCare?.();
      return chosen ? { ...LADDER, nudges: chosen.nudges, restartMs: chosen.restartAfterMs } : LADDER;
    },
  };
}

/** One agent for each core but one, and no more than fit into the free memory. */
export function parallelAgents(): number {
  const byMemory = Math.floor(freemem() / AGENT_FOOTPRINT_BYTES);
  return Math.max(1, Math.min(Math.max(2, availableParallelism() - 1), byMemory));
}

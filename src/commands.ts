import { createCommandRunner } from './adapters/command/command-runner.ts';
import { createContainerCommandRunner } from './adapters/container-command/container-command-runner.ts';
import { nodeIds } from './adapters/state/node-ids.ts';
import { systemClock } from './base/clock.ts';
import { ensureNetwork } from './container-networks.ts';
import { containerUser } from './container-user.ts';
import type { LoopConfig } from './domain/loop/config.ts';
import { containers, openEngine } from './open-engine.ts';
import type { CommandRunner } from './ports/command-runner.ts';
import type { Ledger } from './ports/journal.ts';

interface Owner {
  /** Id of the repository. */
  readonly owner: string;
  readonly taskId: string;
  readonly config: Pick<LoopConfig, 'container'> | null;
}

/** Set-up and evidence of a task, each command in the ledger while it runs: where the loop's code runs. */
export function commandsOf(ledger: Ledger, { owner, taskId, config }: Owner): CommandRunner {
  const plan = config?.container;
  const idOf = (runToken: string) => `command:${runToken}`;
  const engine = plan ? { engine: plan.engine } : {};
  const common = {
    clock: systemClock,
    token: () => nodeIds.token(),
    register: {
      add: (runToken: string) =>
        ledger.record({ kind: 'command', id: idOf(runToken), taskId, runToken, ...engine }),
      remove: (runToken: string) => ledger.forget(idOf(runToken)),
    },
  };
  if (!plan) return createCommandRunner(common);
  return createContainerCommandRunner({
    ...common,
    plan,
    network: () => ensureNetwork(plan, { owner, taskId, agentId: null }),
    openEgressProxy: async (options) => (await containers.get()).openEgressProxy(options),
    owner,
    taskId,
    user: containerUser(),
    engine: () => openEngine(plan.engine),
  });
}

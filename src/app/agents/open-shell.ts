import { err, ok, type Result } from '../../base/result.ts';
import { LABELS } from '../../domain/containers/engine.ts';
import type { ContainerPlan } from '../../domain/containers/plan.ts';
import { containerState } from '../../domain/containers/usage.ts';
import type { LoopConfig } from '../../domain/loop/config.ts';
import type {
  ContainerEngine,
  ContainerShell,
  OpenEngine,
  ShellRequest,
} from '../../ports/container-engine.ts';
import { fail } from '../loop-error.ts';
import type { LoopError, LoopService } from '../loop-service.ts';
import { containerOfAgent } from './look-at-containers.ts';

export interface ShellDeps {
  readonly openEngine: OpenEngine;
  /** Id of the repository. */
  readonly owner: string;
  readonly configOf: (taskId: string) => Promise<Result<LoopConfig, LoopError>>;
}

/** Shells of people in the containers of agents; all of them end with `end`. */
export function createShells(deps: ShellDeps): Pick<LoopService, 'openShell'> & { end(): Promise<void> } {
  const open = new Set<ContainerShell>();
  const controller = new AbortController();
  return {
    async openShell(taskId, agentId, request) {
      const config = await deps.configOf(taskId);
      if (!config.ok) return config;
      const { container, taskId: exact } = config.value;
      if (!container) return fail('state', `${agentId} does not run in a container.`);
      const shell = await shellIn(
        deps,
        { plan: container, taskId: exact, agentId, request },
        controller.signal,
      );
      if (!shell.ok) return shell;
      open.add(shell.value);
      void shell.value.ended.then(() => open.delete(shell.value));
      return shell;
    },
    async end() {
      controller.abort();
      await Promise.all(Array.from(open, (shell) => shell.end()));
    },
  };
}

interface Asked {
  readonly plan: ContainerPlan;
  readonly taskId: string;
  readonly agentId: string;
  readonly request: Omit<ShellRequest, 'prompt'>;
}

async function shellIn(
  { openEngine, owner }: ShellDeps,
  { plan, taskId, agentId, request }: Asked,
  signal: AbortSignal,
): Promise<Result<ContainerShell, LoopError>> {
  const engine = await openEngine(plan.engine);
  const found = await runningOf(engine, { owner, taskId, agentId }, signal);
  if (!found.ok) return found;
  const opened = await engine.shell(found.value, { ...request, prompt: `${agentId}:\\w\\$ ` }, signal);
  return opened.ok ? opened : err({ kind: 'state', message: opened.error.message });
}

/** Id of the container that the agent runs in now. */
async function runningOf(
  engine: ContainerEngine,
  { owner, taskId, agentId }: { readonly owner: string; readonly taskId: string; readonly agentId: string },
  signal: AbortSignal,
): Promise<Result<string, LoopError>> {
  const labels = { [LABELS.owner]: owner, [LABELS.task]: taskId, [LABELS.agent]: agentId };
  const listed = await engine.list(labels, signal);
  if (!listed.ok) return fail('state', listed.error.message);
  const own = containerOfAgent(listed.value, { agentId, taskId });
  if (own === null) return fail('state', `The container of ${agentId} is gone; it goes when its agent ends.`);
  return containerState(own.state) === 'running'
    ? ok(own.id)
    : fail('state', `The container of ${agentId} does not run: it is ${own.state}.`);
}

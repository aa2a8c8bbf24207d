import { ok, type Result } from '../../base/result.ts';
import { LABELS, type EngineError } from '../../domain/containers/engine.ts';
import { containerName } from '../../domain/containers/plan.ts';
import { containerState, type ContainerSample } from '../../domain/containers/usage.ts';
import type { ContainerEngine, ListedContainer } from '../../ports/container-engine.ts';

export interface SeenContainer extends ListedContainer {
  /** Null where it does not run, or could not be measured. */
  readonly sample: ContainerSample | null;
}

/**
 * All that work and carry every one of these labels; those that run are measured, each by a call with a deadline of its own.
 * What holds copies of folders runs nothing.
 */
export async function lookAtContainers(
  engine: Pick<ContainerEngine, 'list' | 'measure'>,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Result<readonly SeenContainer[], EngineError>> {
  const listed = await engine.list(labels, signal);
  if (!listed.ok) return listed;
  const working = listed.value.filter(({ labels: own }) => own[LABELS.folders] === undefined);
  const seen = working.map(async (one) => {
    const measured = containerState(one.state) === 'running' ? await engine.measure(one.id, signal) : null;
    return { ...one, sample: measured?.ok ? measured.value : null };
  });
  return ok(await Promise.all(seen));
}

/**
 * The one of its task's that an agent works in, rather one that runs: an earlier attempt's may be on its way out. Its MCP
 * servers carry its labels too, and so does what holds copies of its folders.
 */
export function containerOfAgent<T extends ListedContainer>(
  listed: readonly T[],
  { agentId, taskId }: { readonly agentId: string; readonly taskId: string },
): T | null {
  const name = containerName(agentId, taskId);
  const own = listed.filter(
    ({ name: given, labels }) =>
      labels[LABELS.agent] === agentId && labels[LABELS.folders] === undefined && given.startsWith(name),
  );
  return own.find(({ state }) => containerState(state) === 'running') ?? own[0] ?? null;
}

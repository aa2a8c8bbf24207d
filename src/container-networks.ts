import { err, ok, type Result } from './base/result.ts';
import { hasGateway, LABELS, type EngineAddress } from './domain/containers/engine.ts';
import { agentNetwork, composeLabels, isInternal } from './domain/containers/networks.ts';
import { agentBranch, composeProjectName } from './domain/worktree/naming.ts';
import { containers } from './open-engine.ts';
import type { Containers } from './ports/container-engine.ts';

const DEADLINE_MS = 60_000;

/** Of engines that were asked. */
const withGateway = new Map<string, boolean>();

async function gatewayReaches(engine: EngineAddress, signal: AbortSignal): Promise<Result<boolean, string>> {
  const known = withGateway.get(engine.host);
  if (known !== undefined) return ok(known);
  const { createContainerEngine } = await containers.get();
  const facts = await createContainerEngine(engine).facts(signal);
  if (!facts.ok) return err(facts.error.message);
  const reaches = hasGateway(facts.value);
  withGateway.set(engine.host, reaches);
  return ok(reaches);
}

export const ensureNetwork: Containers['network'] = async (
  { engine, network },
  { owner, taskId, agentId },
) => {
  if (network === 'none') return ok({ id: 'none', gateway: null, internal: true });
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const reaches = await gatewayReaches(engine, signal);
  if (!reaches.ok) return reaches;
  const { createContainerNetworks } = await containers.get();
  const project = composeProjectName(
    agentId === null ? `cfn/${taskId}` : agentBranch(taskId, agentId),
    owner,
  );
  const isolated = isInternal(network);
  const made = await createContainerNetworks(engine).ensure(
    {
      wish: agentNetwork(project, isolated),
      owner,
      labels: { [LABELS.task]: taskId, ...(isolated ? {} : composeLabels(project)) },
    },
    signal,
  );
  if (!made.ok) return err(made.error.message);
  const { id, gateway, internal } = made.value;
  return ok({ id, gateway: reaches.value ? gateway : null, internal });
};

/** Those that no container is in; the others go with whoever ends what is in them. */
export const removeNetworks: Containers['removeNetworks'] = async (engine, { owner, taskId }) => {
  const { createContainerNetworks } = await containers.get();
  const networks = createContainerNetworks(engine);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const listed = await networks.list(signal);
  if (!listed.ok) return err(listed.error.message);
  let removed = 0;
  for (const { id, labels } of listed.value) {
    if (labels[LABELS.owner] !== owner || labels[LABELS.task] !== taskId) continue;
    const gone = await networks.remove(id, owner, signal);
    if (!gone.ok) return err(gone.error.message);
    if (gone.value === 'gone') removed += 1;
  }
  return ok(removed);
};

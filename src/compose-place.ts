import { join } from 'node:path';
import { createRepositories } from './adapters/git/repositories.ts';
import { createLedger } from './adapters/journal/ledger.ts';
import { createPortLeases } from './adapters/ports/port-leases.ts';
import { nodeIds } from './adapters/state/node-ids.ts';
import { stateHome } from './adapters/state/root.ts';
import { systemClock } from './base/clock.ts';
import type { Logger } from './base/logger.ts';
import { err, ok, type Result } from './base/result.ts';
import {
  subnetsFor,
  worktreeNetwork,
  worktreeServersNetwork,
  type ListedNetwork,
} from './domain/containers/networks.ts';
import { composeProjectName } from './domain/worktree/naming.ts';
import { containers } from './open-engine.ts';
import type { ComposePlace } from './ports/compose-place.ts';

export interface ComposePlaceOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
}

const DEADLINE_MS = 60_000;
/** Of a branch: one for its services, one for its MCP servers. */
const SUBNETS = 2;

export async function openComposePlace(
  { env, logger }: ComposePlaceOptions,
  folder: string,
): Promise<Result<ComposePlace, string>> {
  const home = stateHome({ env });
  const repositories = createRepositories({
    stateFolder: (id) => join(home, id),
    ledger: (id) => createLedger({ stateFolder: join(home, id), logger }),
    ids: nodeIds,
    clock: systemClock,
    logger,
    worktreeRoot: () => null,
  });
  const opened = await repositories.open(folder, AbortSignal.timeout(DEADLINE_MS));
  if (!opened.ok) return err(opened.error.message);
  const { id: owner, root } = opened.value.facts;
  const leases = createPortLeases({ folder: join(home, 'ports'), repositoryId: owner });
  return ok({
    root,
    async environment(branch) {
      const ports = await leases.lease(branch);
      if (!ports.ok) return err(ports.error.message);
      const project = composeProjectName(branch, owner);
      const slot = ports.value.offset * SUBNETS;
      const seen = await seenNetworks(env);
      const subnets = subnetsFor(
        [worktreeNetwork(project, slot, false), worktreeServersNetwork(project, slot + 1)],
        { owner, ...seen },
      );
      if (!subnets.ok) return subnets;
      const [subnet = '', mcpSubnet = ''] = subnets.value;
      const environment = { branch, project, ports: ports.value, subnet, mcpSubnet, owner };
      return ok({ environment, note: seen.note });
    },
    release: (branch) => leases.release(branch),
  });
}

interface Seen {
  readonly listed: readonly ListedNetwork[];
  readonly inUse: readonly string[];
  readonly note: string | null;
}

/** Files can be written without an engine too. */
async function seenNetworks(env: ComposePlaceOptions['env']): Promise<Seen> {
  const { openNetworks, ownSubnets } = await containers.get();
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const networks = await openNetworks(env, signal);
  const listed = networks.ok ? await networks.value.list(signal) : networks;
  if (listed.ok) return { listed: listed.value, inUse: ownSubnets(), note: null };
  const note = `${listed.error.message} The subnets were chosen without knowing what it has in use; write the files again when it answers.`;
  return { listed: [], inUse: ownSubnets(), note };
}

import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import { err, ok, type Result } from '../../base/result.ts';
import { LABELS, type EngineAddress, type EngineError } from '../../domain/containers/engine.ts';
import {
  namesOf,
  ownNetworks,
  planNetwork,
  type ListedNetwork,
  type NetworkPlan,
} from '../../domain/containers/networks.ts';
import { gatewayOf, parseSubnet } from '../../domain/containers/subnets.ts';
import type { ContainerNetwork, ContainerNetworks, NetworkRequest } from '../../ports/container-networks.ts';
import { ask, openDocker } from './engine.ts';

/** A bridge takes longer than an answer that is at hand. */
const CREATE_MS = 30_000;
/** A network that is being made has its subnet and bridge already, and is listed a moment later. */
const TRIES = 20;
const BETWEEN_TRIES_MS = 50;
/** So often the engine may refuse one subnet before another one is taken. */
const SAME_SUBNET = 4;

/** `inUse`: what this machine has addresses in, so that its own networks stay reachable. */
export function createContainerNetworks(address: EngineAddress, inUse = ownSubnets): ContainerNetworks {
  const docker = openDocker(address);
  return {
    ensure: (request, signal) => ensureNetwork({ docker, inUse, request, signal }),
    list: (signal) => listNetworks(docker, signal),
    remove: (id, owner, signal) => removeNetwork(docker, { id, owner, signal }),
  };
}

/** Of this machine's own interfaces. */
export const ownSubnets = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).flatMap(({ family, cidr }) => (family === 'IPv4' && cidr !== null ? [cidr] : [])),
  );

interface Ensuring {
  readonly docker: Docker;
  readonly inUse: () => readonly string[];
  readonly request: NetworkRequest;
  readonly signal: AbortSignal;
}

type Ensured = Result<ContainerNetwork, EngineError>;

async function ensureNetwork(ensuring: Ensuring): Promise<Ensured> {
  const { docker, inUse, signal, request } = ensuring;
  const { wish, owner } = request;
  const refusals: string[] = [];
  let last: EngineError = { kind: 'conflict', message: `The network ${wish.name} could not be made.` };
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const listed = await listNetworks(docker, signal);
    if (!listed.ok) return listed;
    const [own] = ownNetworks(listed.value, namesOf(wish, owner), owner);
    if (own !== undefined) return existing(own, request);
    const refused = refusals.filter(
      (subnet) => refusals.filter((one) => one === subnet).length >= SAME_SUBNET,
    );
    const planned = planNetwork({ wish, owner, listed: listed.value, inUse: [...inUse(), ...refused] });
    if (planned.kind === 'conflict' && attempt >= SAME_SUBNET) return err(planned);
    if (planned.kind === 'create') {
      const created = await create(ensuring, planned);
      if (created.ok) return settle(ensuring, created.value);
      if (created.error.kind !== 'conflict') return created;
      last = created.error;
      refusals.push(planned.subnet);
    }
    await pause(BETWEEN_TRIES_MS);
  }
  return err(last);
}

/** One that lets out what was meant to stay inside is no match, nor the other way round. */
function existing(network: ListedNetwork, { wish }: NetworkRequest): Ensured {
  if (network.internal === wish.internal) return describe(network);
  const is = network.internal ? 'internal' : 'open to the outside';
  return err({
    kind: 'conflict',
    message: `The network ${network.name} is ${is}, which is not what is asked for; end what uses it and remove it.`,
  });
}

function describe({ id, name, subnets, internal }: ListedNetwork): Ensured {
  const subnet = subnets.find((text) => parseSubnet(text) !== null);
  const parsed = subnet === undefined ? null : parseSubnet(subnet);
  if (subnet === undefined || parsed === null)
    return err({ kind: 'refused', message: `The network ${name} has no IPv4 subnet; remove it.` });
  return ok({ id, name, subnet, gateway: gatewayOf(parsed), internal });
}

async function create(
  { docker, request, signal }: Ensuring,
  { name, subnet }: Extract<NetworkPlan, { kind: 'create' }>,
): Promise<Result<string, EngineError>> {
  const { wish, owner, labels } = request;
  const parsed = parseSubnet(subnet);
  const made = await ask('create a network', { signal, deadlineMs: CREATE_MS }, (abortSignal) =>
    docker.createNetwork({
      Name: name,
      CheckDuplicate: true,
      Driver: 'bridge',
      Internal: wish.internal,
      EnableIPv6: false,
      IPAM: {
        Driver: 'default',
        Config: [{ Subnet: subnet, ...(parsed === null ? {} : { Gateway: gatewayOf(parsed) }) }],
      },
      Options: {
        // Two networks of one name are no clash for older engines, two bridges are; `cfn-+` is one rule for a firewall.
        'com.docker.network.bridge.name': bridgeName(owner, wish.name),
        // What a container publishes is for this machine, unless it says otherwise.
        'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1',
      },
      Labels: { ...labels, [LABELS.owner]: owner },
      abortSignal,
    }),
  );
  return made.ok ? ok(made.value.id) : made;
}

/** At most 15 characters, as interfaces of Linux have. */
const bridgeName = (owner: string, name: string): string =>
  `cfn-${createHash('sha256').update(`${owner}\n${name}`).digest('hex').slice(0, 11)}`;

/** Another process may have made one at the same time: the older one stays, ours goes. */
async function settle({ docker, request, signal }: Ensuring, id: string): Promise<Ensured> {
  const { wish, owner } = request;
  const listed = await listNetworks(docker, signal);
  if (!listed.ok) return listed;
  const [oldest] = ownNetworks(listed.value, namesOf(wish, owner), owner);
  if (oldest === undefined)
    return err({ kind: 'missing', message: `The network ${wish.name} is gone again; try once more.` });
  if (oldest.id !== id) await removeNetwork(docker, { id, owner, signal });
  return existing(oldest, request);
}

async function listNetworks(
  docker: Docker,
  signal: AbortSignal,
): Promise<Result<readonly ListedNetwork[], EngineError>> {
  const listed = await ask('list networks', { signal }, (abortSignal) =>
    docker.listNetworks({ abortSignal }),
  );
  if (!listed.ok) return listed;
  return ok(listed.value.map((network) => listedNetwork(network)));
}

function listedNetwork({
  Id: id,
  Name: name,
  IPAM: ipam,
  Internal: internal,
  Labels: labels,
  Created: created,
}: Docker.NetworkInspectInfo): ListedNetwork {
  const subnets = (ipam?.Config ?? []).flatMap(({ Subnet: subnet }) => subnet ?? []);
  return { id, name, subnets, internal, labels: labels ?? {}, created };
}

interface Removal {
  readonly id: string;
  readonly owner: string;
  readonly signal: AbortSignal;
}

async function removeNetwork(
  docker: Docker,
  { id, owner, signal }: Removal,
): Promise<Result<'gone' | 'in-use' | 'foreign', EngineError>> {
  const listed = await listNetworks(docker, signal);
  if (!listed.ok) return listed;
  const network = listed.value.find((one) => one.id === id);
  if (network === undefined) return ok('gone');
  if (network.labels[LABELS.owner] !== owner) return ok('foreign');
  // The engine itself would take it from containers that do not run at the moment, which then never start again.
  const inside = await ask('list containers', { signal }, (abortSignal) =>
    docker.listContainers({ all: true, abortSignal }),
  );
  if (!inside.ok) return inside;
  if (inside.value.some((container) => isIn(container, network))) return ok('in-use');
  const removed = await ask('remove a network', { signal, deadlineMs: CREATE_MS }, () =>
    docker.getNetwork(id).remove(),
  );
  if (removed.ok || removed.error.kind === 'missing') return ok('gone');
  return /active endpoints|being used|in use/.test(removed.error.message) ? ok('in-use') : removed;
}

/** One that was never started knows its network only as it was named then, and the engine's own filter misses it. */
function isIn(
  { HostConfig: { NetworkMode: mode }, NetworkSettings: settings }: Docker.ContainerInfo,
  { id, name }: ListedNetwork,
): boolean {
  const connected = Object.entries(settings?.Networks ?? {}).flatMap(([key, { NetworkID: networkId }]) => [
    key,
    networkId,
  ]);
  return [mode, ...connected].some((one) => one === id || one === name);
}

import { fnv1a } from '../../base/fnv1a.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Mode } from '../loop/model.ts';
import { LABELS } from './engine.ts';
import { formatSubnet, freeSubnet, overlap, parseSubnet, type Subnet } from './subnets.ts';

/** A network that somebody wants to have. */
export interface NetworkWish {
  readonly name: string;
  /** CIDR; `null`: a free one of the pool. */
  readonly subnet: string | null;
  /** Nothing but this machine is reached from it. */
  readonly internal: boolean;
  /** Where in the pool a free subnet is searched for first. */
  readonly slot: number;
  /** When name or subnet are another's: `other` takes a free subnet and a name of its own, `refuse` tells. */
  readonly onClash: 'other' | 'refuse';
}

/** The seeds' networks, whose subnets exist once for each engine. */
export const CFN_NETWORK: NetworkWish = {
  name: 'cfn-network',
  subnet: '172.30.0.0/16',
  internal: false,
  slot: 0,
  onClash: 'other',
};
export const MCP_NETWORK: NetworkWish = {
  name: 'mcp-network',
  subnet: '172.31.0.0/16',
  internal: true,
  slot: 1,
  onClash: 'other',
};

/** 10.224.0.0/12, outside of what engines hand out by themselves (172.17.0.0 to 172.31.255.255, 192.168.0.0/16). */
const POOL: Subnet = { first: (10 * 256 + 224) * 2 ** 16, prefix: 12 };
const PREFIX = 24;
const SLOTS = 2 ** (PREFIX - POOL.prefix);

/** Of the services of a branch, by its Compose project. A branch has one for each kind, since a kind never changes. */
export function worktreeNetwork(project: string, slot: number, internal: boolean): NetworkWish {
  const name = `${project}_${internal ? 'cfn-internal' : CFN_NETWORK.name}`;
  return { name, subnet: null, internal, slot, onClash: 'refuse' };
}

/**
 * Of one agent, which shares it with the services of its branch and with nobody else's; or of the commands of one loop.
 * Where nothing else asks for a place in the pool, its name says where to search first, so that many at a time do not meet.
 */
export const agentNetwork = (project: string, internal: boolean): NetworkWish => ({
  ...worktreeNetwork(project, Number(fnv1a(project) % BigInt(SLOTS)), internal),
  onClash: 'other',
});

/** By which Compose takes one that we made for its own: the network of a project by its name in the file. */
export const composeLabels = (project: string): Readonly<Record<string, string>> => ({
  'com.docker.compose.project': project,
  'com.docker.compose.network': CFN_NETWORK.name,
});

/** Of the MCP servers beside them. */
export function worktreeServersNetwork(project: string, slot: number): NetworkWish {
  return { name: `${project}_${MCP_NETWORK.name}`, subnet: null, internal: true, slot, onClash: 'refuse' };
}

/** A network as an engine lists it. */
export interface ListedNetwork {
  readonly id: string;
  readonly name: string;
  /** All of its subnets, also those of IPv6. */
  readonly subnets: readonly string[];
  readonly internal: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** ISO 8601 */
  readonly created: string;
}

/** Names that a wish may have got: an engine can have another owner's network of the wished one. */
export function namesOf({ name, onClash }: NetworkWish, owner: string): readonly string[] {
  return onClash === 'other' ? [name, `${name}-${owner.slice(0, 8)}`] : [name];
}

/** The owner's networks of these names, oldest first: all processes then take the same one. */
export function ownNetworks(
  listed: readonly ListedNetwork[],
  names: readonly string[],
  owner: string,
): readonly ListedNetwork[] {
  return listed
    .filter(({ name, labels }) => names.includes(name) && labels[LABELS.owner] === owner)
    .sort((a, b) => compare(a.created, b.created) || compare(a.id, b.id));
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

export type NetworkPlan =
  | { readonly kind: 'create'; readonly name: string; readonly subnet: string }
  /** `message`: one sentence. */
  | { readonly kind: 'conflict'; readonly message: string };

export interface PlanRequest {
  readonly wish: NetworkWish;
  readonly owner: string;
  readonly listed: readonly ListedNetwork[];
  /** Subnets that are in use although no network of the engine has them. */
  readonly inUse: readonly string[];
}

/** What to create for a wish that no network of the owner's fulfils yet. */
export function planNetwork({ wish, owner, listed, inUse }: PlanRequest): NetworkPlan {
  const { name, onClash } = wish;
  const [, otherName = name] = namesOf(wish, owner);
  const namesake = listed.find((one) => one.name === name);
  if (namesake !== undefined && onClash === 'refuse') {
    const message = `The container engine has another's network ${name}; remove that one, or rename the branch.`;
    return { kind: 'conflict', message };
  }
  const taken = [...listed.flatMap(({ subnets }) => subnets), ...inUse].flatMap(
    (text) => parseSubnet(text) ?? [],
  );
  const fixed = wish.subnet === null ? null : parseSubnet(wish.subnet);
  const free = fixed !== null && !taken.some((one) => overlap(one, fixed));
  if (namesake === undefined && fixed !== null && free)
    return { kind: 'create', name, subnet: formatSubnet(fixed) };
  if (fixed !== null && onClash === 'refuse')
    return { kind: 'conflict', message: clash(name, fixed, listed) };
  const other = freeSubnet({ pool: POOL, prefix: PREFIX, slot: wish.slot, taken });
  if (other === null) {
    const message = `No subnet of ${formatSubnet(POOL)} is left for ${name}; remove networks that are no longer used.`;
    return { kind: 'conflict', message };
  }
  const isElsewhere = fixed !== null || namesake !== undefined;
  return { kind: 'create', name: isElsewhere ? otherName : name, subnet: formatSubnet(other) };
}

/** The subnets of several wishes: of the networks that are there already, else free ones that differ. */
export function subnetsFor(
  wishes: readonly NetworkWish[],
  { owner, listed, inUse }: Omit<PlanRequest, 'wish'>,
): Result<readonly string[], string> {
  const found: string[] = [];
  for (const wish of wishes) {
    const [own] = ownNetworks(listed, namesOf(wish, owner), owner);
    const theirs = own?.subnets.find((text) => parseSubnet(text) !== null);
    const planned =
      theirs === undefined ? planNetwork({ wish, owner, listed, inUse: [...inUse, ...found] }) : null;
    if (planned?.kind === 'conflict') return err(planned.message);
    found.push(planned?.subnet ?? theirs ?? '');
  }
  return ok(found);
}

function clash(name: string, subnet: Subnet, listed: readonly ListedNetwork[]): string {
  const holder = listed.find(({ subnets }) =>
    subnets.some((text) => {
      const other = parseSubnet(text);
      return other !== null && overlap(other, subnet);
    }),
  );
  const by = holder === undefined ? 'this machine' : `the network ${holder.name}`;
  return `The subnet ${formatSubnet(subnet)} of ${name} is in use by ${by}; remove that, or take another subnet.`;
}

export const NETWORK_POLICIES = ['none', 'internal', 'allowlist', 'open'] as const;
/** `none`: no network. `internal`: the loop alone. `allowlist`: besides it named hosts, by a proxy. `open`: everything. */
export type NetworkPolicy = (typeof NETWORK_POLICIES)[number];

/** Deny by default where most is at stake: with an empty list an agent reaches its own provider. */
export const defaultNetworkPolicy = (mode: Mode): NetworkPolicy =>
  mode === 'enterprise' ? 'allowlist' : 'open';

/**
 * For containers in internal networks: a resolver that is not there, and little patience with it. Engines before 25.0.5
 * otherwise ask this machine's own resolver for them (CVE-2024-29018), and names then carry out what the network keeps
 * in. Names of services are the engine's own and not affected.
 */
export const NO_RESOLVER = { servers: ['127.0.0.1'], options: ['timeout:1', 'attempts:1'] } as const;

/**
 * Names inside of the loop's store and its MCP server: the seeds', unless an agent shares its network with the services of its
 * branch, whose names those are then.
 */
export const loopNames = (internal: boolean) =>
  internal
    ? ({ store: 'redis', orchestrator: 'orchestrator' } as const)
    : ({ store: 'cfn-store', orchestrator: 'cfn-orchestrator' } as const);

/** Of the network that an agent under this policy is in. */
export const isInternal = (policy: NetworkPolicy): boolean => policy === 'internal' || policy === 'allowlist';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeFile } from './compose.ts';
import { LABELS } from './engine.ts';
import {
  agentNetwork,
  CFN_NETWORK,
  defaultNetworkPolicy,
  isInternal,
  loopNames,
  MCP_NETWORK,
  NETWORK_POLICIES,
  ownNetworks,
  planNetwork,
  worktreeNetwork,
  type ListedNetwork,
} from './networks.ts';
import { overlap, parseSubnet } from './subnets.ts';

const network = (given: Partial<ListedNetwork>): ListedNetwork => ({
  id: 'n1',
  name: 'bridge',
  subnets: ['172.17.0.0/16'],
  internal: false,
  labels: {},
  created: '2026-11-27T10:00:00Z',
  ...given,
});
const owned = (given: Partial<ListedNetwork>): ListedNetwork =>
  network({ labels: { [LABELS.owner]: 'r1' }, ...given });
const plan = (wish = CFN_NETWORK, listed: readonly ListedNetwork[] = [], inUse: readonly string[] = []) =>
  planNetwork({ wish, owner: 'repository-1', listed, inUse });

describe('the networks', () => {
  it('[SI-001] [SI-002] [SI-012] [DP-092] have the names and subnets of the seeds', () => {
    expect(plan()).toEqual({ kind: 'create', name: 'cfn-network', subnet: '172.30.0.0/16' });
    expect(plan(MCP_NETWORK)).toEqual({ kind: 'create', name: 'mcp-network', subnet: '172.31.0.0/16' });
    expect([CFN_NETWORK.internal, MCP_NETWORK.internal]).toEqual([false, true]);
  });

  it('of the seeds get a free subnet and a name of their own where another has theirs', () => {
    const other = { kind: 'create', name: 'cfn-network-reposito', subnet: '10.224.0.0/24' };
    expect(plan(CFN_NETWORK, [network({ name: 'cfn-network', subnets: ['10.9.0.0/24'] })])).toEqual(other);
    expect(plan(CFN_NETWORK, [network({ subnets: ['fd00::/64', '172.16.0.0/12'] })])).toEqual(other);
    expect(plan(CFN_NETWORK, [], ['172.30.4.5/24'])).toEqual(other);
  });

  it('without a subnet of their own get one where another has the name', () => {
    const wish = { ...MCP_NETWORK, name: 'shared', subnet: null };
    expect(plan(wish)).toMatchObject({ name: 'shared', subnet: '10.224.1.0/24' });
    expect(plan(wish, [network({ name: 'shared', subnets: ['10.224.1.0/24'] })])).toMatchObject({
      name: 'shared-reposito',
      subnet: '10.224.2.0/24',
    });
  });

  it('tell who is in the way where nothing else is wanted', () => {
    const wish = { ...CFN_NETWORK, onClash: 'refuse' as const };
    const holder = network({ name: 'theirs', subnets: ['172.30.8.0/24'] });
    expect(plan(wish, [holder])).toMatchObject({
      kind: 'conflict',
      message: expect.stringMatching(/^The subnet 172\.30\.0\.0\/16 of cfn-network is in use by .*theirs/),
    });
    expect(plan(wish, [], ['172.30.0.0/16'])).toMatchObject({
      message: expect.stringMatching(/this machine/),
    });
    expect(plan(wish, [network({ name: 'cfn-network' })])).toMatchObject({
      message: expect.stringMatching(/another's network cfn-network/),
    });
    expect(plan(worktreeNetwork('p', 0, true), [], ['10.0.0.0/8'])).toMatchObject({
      message: expect.stringMatching(/No subnet of 10\.224\.0\.0\/12 is left for p_cfn-internal/),
    });
  });

  it('of a branch begin at its slot and go on past what is taken', () => {
    const wish = worktreeNetwork('cfn-feature-auth', 257, false);
    expect(plan(wish)).toEqual({
      kind: 'create',
      name: 'cfn-feature-auth_cfn-network',
      subnet: '10.225.1.0/24',
    });
    expect(plan(wish, [network({ subnets: ['10.225.1.128/25'] })])).toMatchObject({
      subnet: '10.225.2.0/24',
    });
  });

  it('[DP-016] of agents lie apart by their names, and one that another has gets a name of its own', () => {
    const names = Array.from({ length: 8 }, (_, at) => `cfn-cfn-sum-${at}-x1y2z${at}`);
    const subnets = names.map((name) => plan(agentNetwork(name, true)));
    expect(new Set(subnets.map((one) => JSON.stringify(one))).size).toBe(8);
    const [first = ''] = names;
    expect(plan(agentNetwork(first, true), [network({ name: `${first}_cfn-internal` })])).toMatchObject({
      kind: 'create',
      name: `${first}_cfn-internal-reposito`,
    });
  });

  it('never overlap, whatever is made in whatever order', () => {
    const wishes = fc.array(
      fc.oneof(
        fc.constant(CFN_NETWORK),
        fc.constant(MCP_NETWORK),
        fc
          .tuple(fc.nat(5000), fc.boolean())
          .map(([n, internal]) => worktreeNetwork(`p${n}`, n % 7, internal)),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(wishes, (wanted) => {
        const listed: ListedNetwork[] = [];
        for (const [n, wish] of wanted.entries()) {
          const planned = planNetwork({ wish, owner: `repository-${n}`, listed, inUse: [] });
          if (planned.kind === 'conflict') continue;
          const subnet = parseSubnet(planned.subnet)!;
          expect(listed.some((one) => overlap(parseSubnet(one.subnets[0]!)!, subnet))).toBe(false);
          listed.push(network({ id: `n${n}`, name: planned.name, subnets: [planned.subnet] }));
        }
      }),
    );
  });
});

describe('an owner’s networks', () => {
  it('are found by label and name, the oldest first, however they are listed', () => {
    const all = [
      owned({ id: 'b', name: 'x', created: '2026-01-02T00:00:00Z' }),
      owned({ id: 'c', name: 'x', created: '2026-01-01T00:00:00Z' }),
      owned({ id: 'a', name: 'x', created: '2026-01-02T00:00:00Z' }),
      owned({ id: 'd', name: 'y' }),
      network({ id: 'e', name: 'x', created: '2025-01-01T00:00:00Z' }),
      network({ id: 'f', name: 'x', labels: { [LABELS.owner]: 'r2' } }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (listed) => {
        expect(ownNetworks(listed, ['x'], 'r1').map(({ id }) => id)).toEqual(['c', 'a', 'b']);
      }),
    );
  });
});

describe('the policy', () => {
  it('denies by default in enterprise alone', () => {
    expect((['mvp', 'standard', 'enterprise'] as const).map(defaultNetworkPolicy)).toEqual([
      'open',
      'open',
      'allowlist',
    ]);
  });

  it('keeps inside what is not open', () => {
    expect(NETWORK_POLICIES.filter(isInternal)).toEqual(['internal', 'allowlist']);
  });
});

it('leaves the names of services to those of the branch, where an agent shares its network with them', () => {
  expect(loopNames(true)).toEqual({ store: 'redis', orchestrator: 'orchestrator' });
  const { services } = composeFile({ servers: [], passwordFile: null });
  for (const name of Object.values(loopNames(false))) expect(services).not.toHaveProperty(name);
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LABELS } from '../../src/domain/containers/engine.ts';
import { CFN_NETWORK, worktreeNetwork, type NetworkWish } from '../../src/domain/containers/networks.ts';
import type { Result } from '../../src/base/result.ts';
import type { ContainerNetwork } from '../../src/ports/container-networks.ts';
import { engineForTests, openLab, type NetworkLab } from './support/network-lab.ts';

const engine = await engineForTests('networks of containers');

const QUIET = '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON';
const CONTENDER = fileURLToPath(new URL('../fixtures/network-contender.ts', import.meta.url));
const { signal } = new AbortController();

describe.skipIf(engine === null)('networks of a real engine', () => {
  let lab: NetworkLab;
  beforeEach(() => {
    lab = openLab(engine!);
  });
  afterEach(() => lab.close());

  /** Of this test alone: an engine has one of each. */
  const fixed = (third: number, given: Partial<NetworkWish> = {}): NetworkWish => ({
    ...CFN_NETWORK,
    name: `${lab.owner}-fixed`,
    subnet: `172.29.${third}.0/24`,
    ...given,
  });
  const branch = (slot: number, internal = false) => worktreeNetwork(lab.owner, slot, internal);
  const named = async (name: string) =>
    (await lab.docker.listNetworks()).filter((network) => network.Name === name);

  /** Processes of their own that all want it at the same moment. */
  async function contend(wish: NetworkWish, count: number): Promise<readonly ContainerNetwork[]> {
    const children = Array.from({ length: count }, () =>
      spawn(process.execPath, [QUIET, CONTENDER, engine!.host, lab.owner, JSON.stringify(wish)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const lines = children.map(({ stdout }) => createInterface({ input: stdout }));
    await Promise.all(lines.map((line) => once(line, 'line')));
    const answers = lines.map((line) => once(line, 'line'));
    for (const { stdin } of children) stdin.end('go\n');
    return (await Promise.all(answers)).map(([line]) => {
      const got = JSON.parse(line as string) as Result<ContainerNetwork, { message: string }>;
      if (!got.ok) throw new Error(got.error.message);
      return got.value;
    });
  }

  it('are made once, with the owner’s label, and found again', async () => {
    const wish = branch(4000, true);
    const first = await lab.ensure({ wish, labels: { [LABELS.task]: 't1' } });
    expect(first).toMatchObject({ name: wish.name, internal: true, subnet: '10.239.160.0/24' });
    expect(first.gateway).toBe('10.239.160.1');
    expect(await lab.ensure({ wish })).toEqual(first);
    const [seen, ...more] = await named(wish.name);
    expect(more).toEqual([]);
    expect(seen).toMatchObject({
      Internal: true,
      EnableIPv6: false,
      Labels: { [LABELS.owner]: lab.owner, [LABELS.task]: 't1' },
      IPAM: { Config: [{ Subnet: first.subnet, Gateway: first.gateway }] },
    });
  });

  it.each(['pool', 'fixed'] as const)(
    'are one for all processes that want one of the %s subnets at the same time',
    async (kind) => {
      for (const round of [1, 2, 3]) {
        const wish = kind === 'pool' ? branch(3900 + round) : fixed(10 + round);
        const got = await contend(wish, 5);
        expect(new Set(got.map(({ id }) => id)).size).toBe(1);
        const all = (await lab.docker.listNetworks()).filter(
          ({ Labels: labels }) => labels?.[LABELS.owner] === lab.owner,
        );
        expect(all.map(({ Id: id }) => id)).toEqual([got[0]!.id]);
        expect(await lab.networks.remove(got[0]!.id, lab.owner, signal)).toEqual({ ok: true, value: 'gone' });
      }
    },
  );

  it('of one name and owner that an engine has twice are the oldest', async () => {
    const wish = branch(3950);
    const make = (third: number) =>
      lab.docker.createNetwork({
        Name: wish.name,
        IPAM: { Driver: 'default', Config: [{ Subnet: `172.29.${third}.0/24` }] },
        Labels: { [LABELS.owner]: lab.owner },
      });
    const oldest = await make(20);
    // Newer engines have one network of a name.
    await make(21).catch(() => undefined);
    expect((await lab.ensure({ wish })).id).toBe(oldest.id);
  });

  it('tell who has the subnet, or take a free one, as it was asked', async () => {
    const theirs = await lab.ensure({ wish: fixed(30), owner: lab.owner });
    const second = openLab(engine!);
    try {
      const wish = fixed(30, { name: `${second.owner}-fixed` });
      const refused = await second.networks.ensure(
        { wish: { ...wish, onClash: 'refuse' }, owner: second.owner },
        signal,
      );
      expect(refused).toMatchObject({
        ok: false,
        error: {
          kind: 'conflict',
          message: `The subnet 172.29.30.0/24 of ${wish.name} is in use by the network ${theirs.name}; remove that, or take another subnet.`,
        },
      });
      const other = await second.ensure({ wish });
      expect(other.name).toBe(`${wish.name}-${second.owner.slice(0, 8)}`);
      expect(other.subnet).toMatch(/^10\.224\./);
      expect(await second.ensure({ wish })).toEqual(other);
      // A name can be free of a subnet and be another's.
      const named = { ...fixed(30), subnet: null };
      expect((await second.ensure({ wish: named })).name).toBe(`${named.name}-${second.owner.slice(0, 8)}`);
      // The name of another owner's network is no way into it.
      const same = await second.networks.ensure(
        { wish: { ...fixed(31), onClash: 'refuse' }, owner: second.owner },
        signal,
      );
      expect(same).toMatchObject({ ok: false, error: { kind: 'conflict' } });
    } finally {
      await second.close();
    }
  });

  it('that let out are no match for what has to stay inside', async () => {
    const wish = branch(3960);
    await lab.ensure({ wish });
    expect(
      await lab.networks.ensure({ wish: { ...wish, internal: true }, owner: lab.owner }, signal),
    ).toMatchObject({
      ok: false,
      error: { kind: 'conflict', message: expect.stringMatching(/is open to the outside/) },
    });
  });

  it('go when they are the owner’s and empty, and only then', async () => {
    const wish = branch(3970);
    const { id } = await lab.ensure({ wish });
    expect(await lab.networks.remove(id, 'another', signal)).toEqual({ ok: true, value: 'foreign' });
    const stopped = await lab.container({ network: id, start: false });
    expect(await lab.networks.remove(id, lab.owner, signal)).toEqual({ ok: true, value: 'in-use' });
    await stopped.remove();
    expect(await lab.networks.remove(id, lab.owner, signal)).toEqual({ ok: true, value: 'gone' });
    expect(await lab.networks.remove(id, lab.owner, signal)).toEqual({ ok: true, value: 'gone' });
    expect(await named(wish.name)).toEqual([]);
  });

  it('tell of an engine that is not there', async () => {
    const { createContainerNetworks } = await import('../../src/adapters/docker/networks.ts');
    const nobody = createContainerNetworks({ source: 'socket', host: 'unix:///nowhere/docker.sock' });
    expect(await nobody.ensure({ wish: branch(1), owner: 'o' }, signal)).toMatchObject({
      ok: false,
      error: { kind: 'unreachable' },
    });
    expect(await nobody.ensure({ wish: branch(1), owner: 'o' }, AbortSignal.abort())).toMatchObject({
      ok: false,
    });
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEgressProxy } from '../../src/adapters/egress/egress-proxy.ts';
import { reachOf } from '../../src/adapters/egress/reach.ts';
import { proxyVariables, type EgressRule } from '../../src/domain/containers/egress.ts';
import { MCP_NETWORK, NO_RESOLVER, worktreeNetwork } from '../../src/domain/containers/networks.ts';
import type { ContainerNetwork } from '../../src/ports/container-networks.ts';
import type { EgressProxy, RefusedEgress } from '../../src/ports/egress-proxy.ts';
import { engineForTests, openLab, type NetworkLab } from './support/network-lab.ts';
import { openOutside } from './support/outside.ts';

const engine = await engineForTests('isolation of containers');
const outside = engine === null ? null : await openOutside();
if (engine !== null && outside === null)
  process.stderr.write('[skipped] isolation of containers: no right to make a network namespace\n');

const SERVICE =
  "require('node:http').createServer((q, s) => s.end('SERVICE')).listen(8080, () => console.log('up'))";

describe.skipIf(outside === null)('[DP-092] [SI-012] isolation on a real engine', () => {
  const there = outside!;
  const closing: (() => unknown)[] = [];
  let lab: NetworkLab;
  let networks: {
    readonly open: ContainerNetwork;
    readonly internal: ContainerNetwork;
    mcp: ContainerNetwork;
  };
  let other: { readonly address: string };
  let everywhere: number;
  let loopback: number;

  beforeAll(async () => {
    lab = openLab(engine!);
    const mcp = { ...MCP_NETWORK, name: `${lab.owner}-mcp` };
    networks = {
      open: await lab.ensure({ wish: worktreeNetwork(`${lab.owner}-a`, 3000, false) }),
      internal: await lab.ensure({ wish: worktreeNetwork(`${lab.owner}-b`, 3010, true) }),
      mcp: await lab.ensure({ wish: mcp }),
    };
    const third = await lab.ensure({ wish: worktreeNetwork(`${lab.owner}-c`, 3020, false) });
    other = { address: await addressOf(await service(third, 'others'), third) };
    everywhere = await host('0.0.0.0', 'HOST');
    loopback = await host('127.0.0.1', 'LOOPBACK');
  });
  afterAll(async () => {
    for (const close of closing) await close();
    await lab?.close();
    await there.close();
  });

  /** A server of this machine. */
  async function host(address: string, text: string): Promise<number> {
    const server = createServer((_, response) => response.end(text));
    server.listen(0, address);
    await once(server, 'listening');
    closing.push(() => server.close());
    return (server.address() as AddressInfo).port;
  }
  async function service(network: ContainerNetwork, alias: string): Promise<Docker.Container> {
    const container = await lab.container({
      network: network.id,
      alias,
      script: `exec node -e "${SERVICE}"`,
    });
    await lab.inside(container, 'until curl -s -m 1 localhost:8080; do sleep 0.05; done');
    return container;
  }
  async function addressOf(container: Docker.Container, { name }: ContainerNetwork): Promise<string> {
    const { NetworkSettings: settings } = await container.inspect();
    const found = Object.entries(settings.Networks).find(([key]) => key === name);
    if (found === undefined) throw new Error(`Not in ${name}: ${Object.keys(settings.Networks).join(', ')}`);
    return found[1].IPAddress;
  }
  const get = (from: Docker.Container, url: string, words = '') =>
    lab.inside(from, `curl -s -m 3 ${words} ${url} || echo no`);
  /** All at once, since what is shut off answers nothing until the time is up. */
  async function table(asked: Readonly<Record<string, Promise<string>>>): Promise<Record<string, string>> {
    return Object.fromEntries(
      await Promise.all(Object.entries(asked).map(async ([row, answer]) => [row, await answer] as const)),
    );
  }

  async function proxyAt(gateway: string, allow: readonly EgressRule[], refused: RefusedEgress[]) {
    const opened = await openEgressProxy(
      {
        bind: gateway,
        allow,
        credential: { user: 'backend-1', token: 'token' },
        onRefused: (one) => refused.push(one),
      },
      {
        reach: reachOf,
        resolve: (name) => {
          const addresses: Record<string, string> = {
            'api.outside.example': there.address,
            'this-machine.example': networks.internal.gateway,
            'other-project.example': other.address,
            'wire.example': there.hostSide,
          };
          const address = addresses[name];
          return address === undefined
            ? Promise.reject(new Error('ENOTFOUND'))
            : Promise.resolve([{ address, family: 4 }]);
        },
      },
    );
    if (!opened.ok) throw new Error(opened.error);
    closing.push(() => opened.value.close());
    return opened.value;
  }

  it('open: everything but other projects and what listens on loopback', async () => {
    const { open } = networks;
    const own = await service(open, 'redis');
    const agent = await lab.container({ network: open.id });
    const ip = await addressOf(own, open);
    expect(
      await table({
        'its own service, by name': get(agent, 'redis:8080'),
        'its own service, by address': get(agent, `${ip}:8080`),
        'another project, by name': get(agent, 'others:8080'),
        'another project, by address': get(agent, `${other.address}:8080`),
        'this machine on all addresses, at the gateway': get(agent, `${open.gateway}:${everywhere}`),
        'this machine on loopback, at the gateway': get(agent, `${open.gateway}:${loopback}`),
        'this machine, at the gateway of another network': get(
          agent,
          `${networks.internal.gateway}:${everywhere}`,
        ),
        outside: get(agent, there.address),
      }),
    ).toEqual({
      'its own service, by name': 'SERVICE',
      'its own service, by address': 'SERVICE',
      'another project, by name': 'no',
      'another project, by address': 'no',
      'this machine on all addresses, at the gateway': 'HOST',
      'this machine on loopback, at the gateway': 'no',
      // Why whatever we open at a gateway wants a credential.
      'this machine, at the gateway of another network': 'HOST',
      outside: `OUTSIDE ${there.address}`,
    });
  });

  it('internal: its own services, and this machine at the gateway', async () => {
    const { internal } = networks;
    const own = await service(internal, 'redis');
    const agent = await lab.container({ network: internal.id, resolver: NO_RESOLVER });
    const ip = await addressOf(own, internal);
    const relay = await host(internal.gateway, 'RELAY');
    // Older engines give a way out that ends at this machine, newer ones none.
    const ways = await lab.inside(agent, 'cut -f2 /proc/net/route | grep -cx 00000000 || true');
    const elsewhere = ways === '0' ? 'no' : 'HOST';
    expect(
      await table({
        'its own service, by name': get(agent, 'redis:8080'),
        'its own service, by address': get(agent, `${ip}:8080`),
        'a relay at the gateway': get(agent, `${internal.gateway}:${relay}`),
        'another project, by name': get(agent, 'others:8080'),
        'another project, by address': get(agent, `${other.address}:8080`),
        // An engine shuts off what lies beyond the gateway, and not the gateway itself.
        'this machine on all addresses, at the gateway': get(agent, `${internal.gateway}:${everywhere}`),
        'this machine on loopback, at the gateway': get(agent, `${internal.gateway}:${loopback}`),
        'this machine, at another of its addresses': get(agent, `${there.hostSide}:${everywhere}`),
        'this machine, at the gateway of another network': get(
          agent,
          `${networks.open.gateway}:${everywhere}`,
        ),
        outside: get(agent, there.address),
        'names of the internet': lab.inside(agent, 'getent hosts example.com || echo no'),
        'addresses of IPv6': lab.inside(agent, 'grep -v " lo$" /proc/net/if_inet6 || echo no'),
      }),
    ).toEqual({
      'its own service, by name': 'SERVICE',
      'its own service, by address': 'SERVICE',
      'a relay at the gateway': 'RELAY',
      'another project, by name': 'no',
      'another project, by address': 'no',
      'this machine on all addresses, at the gateway': 'HOST',
      'this machine on loopback, at the gateway': 'no',
      'this machine, at another of its addresses': elsewhere,
      'this machine, at the gateway of another network': elsewhere,
      outside: 'no',
      'names of the internet': 'no',
      'addresses of IPv6': 'no',
    });
  });

  it('allowlist: besides, what the proxy allows', async () => {
    const { internal } = networks;
    const agent = await lab.container({ network: internal.id, resolver: NO_RESOLVER });
    const refused: RefusedEgress[] = [];
    const rule = (host: string, inside: boolean): EgressRule => ({
      host,
      below: false,
      ports: [80, there.port, everywhere, 8080],
      inside,
    });
    const proxy = await proxyAt(
      internal.gateway,
      [
        rule('api.outside.example', false),
        rule('this-machine.example', true),
        rule('wire.example', true),
        rule('other-project.example', false),
      ],
      refused,
    );
    const environment = (given: EgressProxy) =>
      Object.entries(proxyVariables(given.url, ['redis']))
        .map(([name, value]) => `export ${name}=${value};`)
        .join(' ');
    const by = (url: string, words = '') =>
      lab.inside(agent, `${environment(proxy)} curl -s -m 5 ${words} ${url} || echo no`);
    const status = (url: string) => by(url, "-o /dev/null -w '%{http_code} '");
    const stranger = { ...proxy, url: proxy.url.replace('backend-1:token', 'backend-1:guess') };
    expect(
      await table({
        'an allowed host': by('http://api.outside.example/'),
        'an allowed host, through a tunnel': by('http://api.outside.example/', '--proxytunnel'),
        'the same from Node': lab.inside(
          agent,
          `${environment(proxy)} node --disable-warning=ExperimentalWarning -e "fetch('http://api.outside.example/').then((r) => r.text()).then(console.log)"`,
        ),
        'a host that nobody allowed': status('http://evil.example/'),
        'an address': status(`http://${there.address}/`),
        'this machine under a name': status(`http://this-machine.example:${everywhere}/`),
        'this machine at its outer address': status(`http://wire.example:${everywhere}/`),
        'another project under a name': status('http://other-project.example:8080/'),
        'an allowed host with a guessed credential': lab.inside(
          agent,
          `${environment(stranger)} curl -s -m 5 -o /dev/null -w '%{http_code} ' http://api.outside.example/`,
        ),
        'past the proxy': get(agent, there.address),
      }),
    ).toEqual({
      'an allowed host': 'OUTSIDE api.outside.example',
      'an allowed host, through a tunnel': 'OUTSIDE api.outside.example',
      'the same from Node': 'OUTSIDE api.outside.example',
      'a host that nobody allowed': '403',
      'an address': '403',
      'this machine under a name': '403',
      'this machine at its outer address': '403',
      'another project under a name': '403',
      'an allowed host with a guessed credential': '407',
      'past the proxy': 'no',
    });
    expect(refused.map(({ host, why }) => `${host}: ${why}`).sort()).toEqual([
      `${there.address}: address`,
      'api.outside.example: credential',
      'evil.example: host',
      'other-project.example: inside',
      'this-machine.example: inside',
      'wire.example: inside',
    ]);
  });

  it('[SI-002] the network of MCP servers: reached by who is in both, and closed to the outside', async () => {
    const { mcp, open } = networks;
    const server = await service(mcp, 'mcp-playwright');
    const store = await service(open, 'store');
    const orchestrator = await lab.container({ network: open.id });
    await lab.docker.getNetwork(mcp.id).connect({ Container: orchestrator.id });
    const agent = await lab.container({ network: open.id });
    const [serverAt, storeAt] = [await addressOf(server, mcp), await addressOf(store, open)];
    expect(
      await table({
        'the orchestrator to a server': get(orchestrator, 'mcp-playwright:8080'),
        'the orchestrator to the store': get(orchestrator, 'store:8080'),
        'an agent to a server, by name': get(agent, 'mcp-playwright:8080'),
        'an agent to a server, by address': get(agent, `${serverAt}:8080`),
        'a server to the store': get(server, `${storeAt}:8080`),
        'a server to the outside': get(server, there.address),
      }),
    ).toEqual({
      'the orchestrator to a server': 'SERVICE',
      'the orchestrator to the store': 'SERVICE',
      'an agent to a server, by name': 'no',
      'an agent to a server, by address': 'no',
      'a server to the store': 'no',
      'a server to the outside': 'no',
    });
  });

  it('none: nothing at all', async () => {
    const agent = await lab.container({ network: 'none' });
    expect(
      await table({
        'this machine': get(agent, `${networks.open.gateway}:${everywhere}`),
        'another project': get(agent, `${other.address}:8080`),
        outside: get(agent, there.address),
        interfaces: lab.inside(agent, 'ls /sys/class/net'),
      }),
    ).toEqual({ 'this machine': 'no', 'another project': 'no', outside: 'no', interfaces: 'lo' });
  });

  it('what a container publishes is for this machine alone', async () => {
    const container = await lab.docker.createContainer({
      Image: 'cfn-base:local',
      Entrypoint: [],
      Cmd: ['node', '-e', SERVICE],
      Labels: { 'cfn.owner': lab.owner },
      HostConfig: {
        NetworkMode: networks.open.id,
        Init: true,
        PortBindings: { '8080/tcp': [{ HostPort: '' }] },
      },
      ExposedPorts: { '8080/tcp': {} },
    });
    await container.start();
    const { NetworkSettings: settings } = await container.inspect();
    expect(settings.Ports['8080/tcp']?.map(({ HostIp: address }) => address)).toEqual(['127.0.0.1']);
  });
});

import { randomBytes } from 'node:crypto';
import type Docker from 'dockerode';
import { createDemultiplexer } from '../../../src/adapters/docker/demultiplex.ts';
import { openDocker } from '../../../src/adapters/docker/engine.ts';
import { createContainerNetworks } from '../../../src/adapters/docker/networks.ts';
import { LABELS, type EngineAddress } from '../../../src/domain/containers/engine.ts';
import type { NO_RESOLVER } from '../../../src/domain/containers/networks.ts';
import type { ContainerNetwork, NetworkRequest } from '../../../src/ports/container-networks.ts';
import { sharedEngine } from '../../support/docker-engine.ts';

export const IMAGE = 'cfn-base:local';

/** Networks and containers of one owner on a real engine; all of them go in the end. */
export interface NetworkLab {
  readonly owner: string;
  readonly docker: Docker;
  readonly networks: ReturnType<typeof createContainerNetworks>;
  /** Throws where there is none. */
  ensure(request: Partial<NetworkRequest> & Pick<NetworkRequest, 'wish'>): Promise<ContainerNetwork>;
  container(given: ContainerGiven): Promise<Docker.Container>;
  /** Standard output of a script in a running container, or `exit N`. */
  inside(container: Docker.Container, script: string): Promise<string>;
  close(): Promise<void>;
}

interface ContainerGiven {
  readonly network: string;
  readonly alias?: string;
  readonly resolver?: typeof NO_RESOLVER;
  readonly script?: string;
  readonly start?: boolean;
}

export function openLab(address: EngineAddress): NetworkLab {
  const docker = openDocker(address);
  const owner = `lab-${randomBytes(6).toString('hex')}`;
  const networks = createContainerNetworks(address);
  const { signal } = new AbortController();
  const ours = { filters: { label: [`${LABELS.owner}=${owner}`] } };
  return {
    owner,
    docker,
    networks,
    async ensure(request) {
      const got = await networks.ensure({ owner, ...request }, signal);
      if (!got.ok) throw new Error(got.error.message);
      return got.value;
    },
    async container({ network, alias, resolver, script = 'sleep infinity', start = true }) {
      const container = await docker.createContainer({
        Image: IMAGE,
        Entrypoint: [],
        Cmd: ['bash', '-c', script],
        Labels: { [LABELS.owner]: owner },
        HostConfig: {
          NetworkMode: network,
          Init: true,
          CapDrop: ['ALL'],
          ...(resolver === undefined
            ? {}
            : { Dns: [...resolver.servers], DnsOptions: [...resolver.options] }),
        },
        ...(alias === undefined
          ? {}
          : { NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [alias] } } } }),
      });
      if (start) await container.start();
      return container;
    },
    inside: (container, script) => inside(container, script),
    async close() {
      for (const { Id: id } of await docker.listContainers({ all: true, ...ours }))
        await docker.getContainer(id).remove({ force: true, v: true });
      for (const { Id: id } of await docker.listNetworks(ours)) await docker.getNetwork(id).remove();
    },
  };
}

async function inside(container: Docker.Container, script: string): Promise<string> {
  const exec = await container.exec({
    Cmd: ['bash', '-c', script],
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: false, stdin: false });
  const parts: Buffer[] = [];
  const feed = createDemultiplexer((_stream, part) => parts.push(Buffer.from(part)));
  for await (const chunk of stream) feed(chunk as Buffer);
  const { ExitCode: code } = await exec.inspect();
  return code === 0 ? Buffer.concat(parts).toString('utf8').trim() : `exit ${code}`;
}

/** The engine of this run; `null`: none, and the reason was printed. */
export async function engineForTests(what: string): Promise<EngineAddress | null> {
  const shared = await sharedEngine(what);
  return shared === null ? null : { source: 'DOCKER_HOST', host: shared.host };
}

/** What an engine has, of us and of somebody else. */
import { existsSync, readdirSync } from 'node:fs';
import { openDocker } from '../../src/adapters/docker/engine.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import type { OwnEngine } from '../support/own-engine.ts';
import type { Place } from './census.mts';

export type Docker = ReturnType<typeof openDocker>;
export const dockerOf = ({ host }: OwnEngine): Docker => openDocker({ source: 'socket', host });

export const IMAGE = 'cfn-base:local';
const CONTAINERS = 50;
const OTHERS = 5;
const DECOY = /^decoy-\d+$/;

/** Of somebody else: every other container runs, and some of all have labels that look like ours. */
export async function makeDecoys(docker: Docker): Promise<void> {
  const labels = (number: number) =>
    number % 3 === 0 ? { [LABELS.owner]: 'somebody-else', [LABELS.run]: `decoy-${number}` } : {};
  for (let number = 0; number < CONTAINERS; number += 1) {
    const made = await docker.createContainer({
      name: `decoy-${number}`,
      Image: IMAGE,
      Cmd: ['sleep', 'infinity'],
      Labels: labels(number),
      HostConfig: { NetworkMode: 'none', Init: true },
    });
    if (number % 2 === 0) await made.start();
  }
  for (let number = 0; number < OTHERS; number += 1) {
    const [Name, Labels] = [`decoy-${number}`, labels(number)];
    await docker.createNetwork({ Name, Labels, Internal: number % 2 === 0 });
    await docker.createVolume({ Name, Labels });
  }
}

interface Item {
  readonly kind: 'container' | 'network' | 'volume';
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly owner: string | undefined;
}

async function stockOf(docker: Docker): Promise<readonly Item[]> {
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
  ]);
  const ownerIn = (labels: Readonly<Record<string, string>> | null | undefined) => labels?.[LABELS.owner];
  return [
    ...containers.map(({ Id: id, Names: [name = ''], State: state, Labels: labels }): Item => {
      return { kind: 'container', id, name: name.slice(1), state, owner: ownerIn(labels) };
    }),
    ...networks.map(({ Id: id, Name: name, Labels: labels }): Item => {
      return { kind: 'network', id, name, state: '', owner: ownerIn(labels) };
    }),
    ...volumes.map(({ Name: name, Labels: labels }): Item => {
      return { kind: 'volume', id: name, name, state: '', owner: ownerIn(labels) };
    }),
  ];
}

const asWords = ({ kind, name, state }: Item): string => `${kind} ${name} ${state}`.trim();

/** With their states, so that one that was stopped shows as well. */
export const decoysOf = async (docker: Docker): Promise<readonly string[]> =>
  (await stockOf(docker))
    .filter(({ name }) => DECOY.test(name))
    .map(asWords)
    .toSorted();

/** What the repository of this place has there, and volumes of nobody, as ours would be. */
async function itemsOf(docker: Docker, { state }: Place): Promise<readonly Item[]> {
  const owners = existsSync(state) ? readdirSync(state) : [];
  return (await stockOf(docker)).filter(({ kind, name, owner }) =>
    owner === undefined ? kind === 'volume' && !DECOY.test(name) : owners.includes(owner),
  );
}

export const stockOfPlace = async (docker: Docker, place: Place): Promise<readonly string[]> =>
  (await itemsOf(docker, place)).map(asWords);

/** An engine has room for so many networks, and a round that failed is no reason for the next one to. */
export async function clearStock(docker: Docker, place: Place): Promise<void> {
  const items = await itemsOf(docker, place);
  const idsOf = (kind: Item['kind']) => items.filter((item) => item.kind === kind).map(({ id }) => id);
  for (const id of idsOf('container')) await docker.getContainer(id).remove({ force: true, v: true });
  for (const id of idsOf('network')) await docker.getNetwork(id).remove();
  for (const id of idsOf('volume')) await docker.getVolume(id).remove();
}

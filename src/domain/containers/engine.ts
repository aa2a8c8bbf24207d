import type { NetworkPolicy } from './networks.ts';

export const ENGINE_SOURCES = ['DOCKER_HOST', 'context', 'socket'] as const;

/** Where an engine is asked, and how that was found. */
export interface EngineAddress {
  readonly source: (typeof ENGINE_SOURCES)[number];
  /** `unix:///var/run/docker.sock`, `npipe:////./pipe/docker_engine`, `tcp://…`, `ssh://…` */
  readonly host: string;
  /** Folder with `ca.pem`, `cert.pem` and `key.pem`, where the engine asks for TLS. */
  readonly certificates?: string;
}

/**
 * `unreachable`: nothing answers. `late`: not within the deadline. `conflict`: a name, port or subnet is taken.
 * `missing`: no such image, container or network. `refused`: anything else that the engine says no to.
 */
export interface EngineError {
  readonly kind: 'unreachable' | 'late' | 'cancelled' | 'conflict' | 'missing' | 'refused';
  /** One sentence for a person. */
  readonly message: string;
}

/** Folders of this machine are none of its, so that its containers work in copies. */
export const isElsewhere = ({ host }: EngineAddress): boolean => !/^(?:unix|npipe):/.test(host);

/** Why no engine can give agents this machine's folders at their own paths, in one sentence; null where one can. */
export const whyNoFolders = (platform: string): string | null =>
  platform === 'win32'
    ? 'Agents cannot run in containers on Windows: paths with a drive are none inside; run the loop in WSL.'
    : null;

/** Where an engine is, and whose it is. */
export interface EnginePlace {
  readonly address: EngineAddress;
  /** It runs on this machine's own kernel: its bridges are interfaces here, and folders can be mounted as they are. */
  readonly local: boolean;
  /** Podman answers Docker's API too, with other codes and events. */
  readonly flavour: 'docker' | 'podman';
}

/** Servers of ours can stand at the gateway of its networks. Podman has the bridge only while something runs in it. */
export const hasGateway = ({ local, flavour }: EnginePlace): boolean => local && flavour === 'docker';

/** Why agents cannot work on an engine with this network, in one sentence; null where it can. */
export function whyNotThere(place: EnginePlace, network: NetworkPolicy): string | null {
  const { address: engine, flavour } = place;
  const where = `The container engine at ${engine.host} is ${flavour === 'podman' ? 'Podman' : 'on another machine'}`;
  if (network === 'allowlist' && !hasGateway(place))
    return `${where}, where no proxy of ours can let named hosts through; choose --network none, internal or open, or Docker on this machine.`;
  if (!isElsewhere(engine)) return null;
  if (engine.host.startsWith('tcp:') && engine.certificates === undefined && !LOOPBACK.test(engine.host))
    return `${where} and is asked without TLS, so that anybody on the way could read agents' keys; name its certificates by DOCKER_CERT_PATH, or use ssh://.`;
  return null;
}

const LOOPBACK = /^tcp:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?\/?$/;

/** On everything that is made in an engine; what lacks the owner's is never touched. */
export const LABELS = {
  /** Id of the repository whose loops made it. */
  owner: 'cfn.owner',
  task: 'cfn.task',
  agent: 'cfn.agent',
  /** Run token of the attempt or command. */
  run: 'cfn.run',
  /** Grows with each holder of the loop. */
  epoch: 'cfn.epoch',
  /** On a container that never runs and holds the copies that another one works in: what each of them is copied back to. */
  folders: 'cfn.folders',
  /** On that other one: the id of the first. */
  holder: 'cfn.holder',
} as const;

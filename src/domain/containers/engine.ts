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

/** Why an engine cannot have this machine's folders at their own paths, in one sentence; null where it can. */
export function whyNoFolders({ host }: EngineAddress, platform: string): string | null {
  if (platform === 'win32')
    return 'Agents cannot run in containers on Windows: paths with a drive are none inside; run the loop in WSL.';
  return host.startsWith('unix://')
    ? null
    : `The container engine at ${host} is on another machine, where agents' folders are not; name one of this machine by DOCKER_HOST.`;
}

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
} as const;

import type { Result } from '../base/result.ts';
import type { EngineAddress, EngineError } from '../domain/containers/engine.ts';

/** What an engine tells of itself. */
export interface EngineFacts {
  readonly address: EngineAddress;
  /** `20.10.24` */
  readonly version: string;
  readonly apiVersion: string;
  /** Podman answers Docker's API too, with other codes and events. */
  readonly flavour: 'docker' | 'podman';
  /** `linux/amd64` */
  readonly platform: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** It runs on this machine's own kernel: its bridges are interfaces here, and folders can be mounted as they are. */
  readonly local: boolean;
}

export interface Mount {
  /** Absolute path on the engine's machine. */
  readonly source: string;
  /** Absolute path inside. */
  readonly target: string;
  readonly readonly: boolean;
}

export interface ContainerLimits {
  readonly memoryBytes: number;
  /** What is promised to it while memory is short. */
  readonly memoryReservationBytes: number;
  /** In cores. */
  readonly cpus: number;
  readonly pids: number;
  /** Of each folder that is memory: `/tmp` and the home folder. */
  readonly tmpfsBytes: number;
}

export interface ContainerRequest {
  /** The wished name; one that is in use by another's container gets a suffix. */
  readonly name: string;
  readonly image: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Readable by everyone who may ask the engine: no secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** `uid:gid` */
  readonly user: string;
  readonly mounts: readonly Mount[];
  /** Folders of memory that the user of the container may write. */
  readonly tmpfs: readonly string[];
  readonly limits: ContainerLimits;
  /** Name of a network of the engine, or `none`. */
  readonly network: string;
  /** Names that resolve to an address inside: `redis` → `172.30.0.1`. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Its standard input is written to; else it is empty. */
  readonly talks: boolean;
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
}

/** `lost`: the engine did not come back, or no longer knows the container. */
export type ContainerExit =
  | { readonly kind: 'exited'; readonly code: number; readonly outOfMemory: boolean }
  | { readonly kind: 'lost'; readonly message: string };

export interface RunningContainer {
  readonly id: string;
  readonly name: string;
  /** `null` unless it is written to. */
  readonly stdin: NodeJS.WritableStream | null;
  readonly exited: Promise<ContainerExit>;
  /** Both outputs are at their end. */
  readonly closed: Promise<void>;
  /** CPU time it has used, in milliseconds; `null` when the engine does not say. */
  cpuMs(): Promise<number | null>;
  /** Best effort: one that is gone cannot be signalled. */
  signal(name: NodeJS.Signals): Promise<void>;
  /** Ends it, whatever it does, and takes it away; true once the engine has none of it. */
  remove(): Promise<boolean>;
}

/** A container as the engine lists it. */
export interface ListedContainer {
  readonly id: string;
  readonly name: string;
  /** `created`, `running`, `exited`, … */
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Every call ends by a deadline of its own, at the latest. */
export interface ContainerEngine {
  facts(signal: AbortSignal): Promise<Result<EngineFacts, EngineError>>;
  /** Creates and starts it. What was created and could not be started is taken away again. */
  start(request: ContainerRequest, signal: AbortSignal): Promise<Result<RunningContainer, EngineError>>;
  /** All that carry every one of these labels, running or not. */
  list(
    labels: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Result<readonly ListedContainer[], EngineError>>;
  /** Ends and takes away; one that is gone is as good. */
  remove(id: string, signal: AbortSignal): Promise<Result<void, EngineError>>;
}

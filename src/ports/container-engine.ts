import type { Result } from '../base/result.ts';
import type { ContainerLimits, ContainerPlan } from '../domain/containers/plan.ts';
import type { EngineAddress, EngineError, EnginePlace } from '../domain/containers/engine.ts';
import type { LabelledRun, SwarmNode } from '../domain/containers/placement.ts';
import type { ContainerSample } from '../domain/containers/usage.ts';

/** What an engine tells of itself. */
export interface EngineFacts extends EnginePlace {
  /** `20.10.24` */
  readonly version: string;
  readonly apiVersion: string;
  /** `linux/amd64` */
  readonly platform: string;
  readonly cpus: number;
  readonly memoryBytes: number;
}

export interface Mount {
  /** Absolute path on this machine. */
  readonly source: string;
  /** Absolute path inside. */
  readonly target: string;
  readonly readonly: boolean;
  /** Made over to the container's user while it is there, where that is somebody else. */
  readonly owned: boolean;
  /** Looked at here while the container writes to it: where it works in a copy, files are brought back meanwhile. */
  readonly live?: boolean;
}

export interface ContainerRequest {
  /** The wished name; one that is in use by another's container gets a suffix. */
  readonly name: string;
  readonly image: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole of it. Handed over by a file that is gone once it was read, as an engine tells what it was given. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder among the writable mounts, at its own path inside, by which that is done; null: there is no secret in it. */
  readonly exchange: string | null;
  /** File whose content is its standard input; null for an empty one. */
  readonly stdinFile: string | null;
  /** `uid:gid` */
  readonly user: string;
  readonly mounts: readonly Mount[];
  /** Folders of memory that the user of the container may write. */
  readonly tmpfs: readonly string[];
  readonly limits: ContainerLimits;
  /** Id of a network of the engine, or `none`. */
  readonly network: string;
  /** False: only names that the engine itself knows lead anywhere. */
  readonly resolves: boolean;
  /** Names that resolve to an address inside: `redis` → `172.30.0.1`. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Its standard input is written to instead. */
  readonly talks: boolean;
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
}

/**
 * `lost`: the engine did not come back, or no longer knows the container. `stranded`: it ended, and what it wrote on another machine
 * could not be brought back.
 */
export type ContainerExit =
  | {
      readonly kind: 'exited';
      readonly code: number;
      readonly outOfMemory: boolean;
      /** There was no such program in the image. */
      readonly missing: boolean;
    }
  | { readonly kind: 'stranded'; readonly message: string }
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
  /** By its own health check; null while that did not come to an end, or where it has none. */
  readonly isHealthy: boolean | null;
  readonly labels: Readonly<Record<string, string>>;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ShellRequest {
  /** As the shell shows it, in bash's notation. */
  readonly prompt: string;
  readonly size: TerminalSize;
  readonly onOutput: (text: string) => void;
}

/** A shell in a container, on a terminal of its own. */
export interface ContainerShell {
  write(text: string): void;
  resize(size: TerminalSize): Promise<void>;
  /** Exit code of the shell; null where it was ended, by us or with its container, or the engine went away. */
  readonly ended: Promise<number | null>;
  /** Ends it with all that was started in it. */
  end(): Promise<void>;
}

/** Every call ends by a deadline of its own, at the latest. */
export interface ContainerEngine {
  facts(signal: AbortSignal): Promise<Result<EngineFacts, EngineError>>;
  hasImage(name: string, signal: AbortSignal): Promise<Result<boolean, EngineError>>;
  /** Creates and starts it; on another machine it works in copies of its mounts until it ends. What was created and could not be started is taken away again. */
  start(request: ContainerRequest, signal: AbortSignal): Promise<Result<RunningContainer, EngineError>>;
  /** All that carry every one of these labels, running or not. */
  list(
    labels: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Result<readonly ListedContainer[], EngineError>>;
  /** What a running one uses now; takes an engine about a second. */
  measure(id: string, signal: AbortSignal): Promise<Result<ContainerSample, EngineError>>;
  /** In a running one, as the user of its program. */
  shell(id: string, request: ShellRequest, signal: AbortSignal): Promise<Result<ContainerShell, EngineError>>;
  /**
   * Ends and takes away all that carry this run token; gives how many there were, 0 where it does not answer. What they wrote to copies
   * of `mounts` is brought back before.
   */
  endRun(runToken: string, signal: AbortSignal, mounts?: readonly Mount[]): Promise<number>;
  /** Gives what was made over back to whoever runs this, where a container of theirs is gone unseen. */
  takeBack(mounts: readonly Mount[]): Promise<void>;
  /** Ends and takes away; one that is gone is as good. */
  remove(id: string, signal: AbortSignal): Promise<Result<void, EngineError>>;
}

export type OpenEngine = (address: EngineAddress) => Promise<ContainerEngine>;

/** The network of a loop's containers. */
export interface LoopNetwork {
  /** `none` for no network. */
  readonly id: string;
  /** This machine's address in it; null where it has none. */
  readonly gateway: string | null;
  readonly internal: boolean;
}

/** Whose a network is: an agent's, or that of the commands of its loop (`agentId` is null). */
export interface NetworkOwner {
  /** Id of the repository. */
  readonly owner: string;
  readonly taskId: string;
  readonly agentId: string | null;
}

/** What an engine has of one owner. */
export interface Made {
  /** Runs of all containers, running or not. */
  readonly runs: readonly LabelledRun[];
  /** Tasks that networks were made for. */
  readonly tasks: readonly string[];
}

/** What the use cases ask of containers; nothing is loaded, and no engine is asked, before one of them is. */
export interface Containers {
  /** What every container gets of this machine. */
  here(): Promise<{ readonly user: string; readonly mounts: readonly Mount[] }>;
  /** An engine that answers and has this image; else why not, in one sentence. */
  find(image: string): Promise<Result<EngineFacts, string>>;
  /** The network that a plan's policy asks for, made where there is none; an error is one sentence. */
  network(
    plan: Pick<ContainerPlan, 'engine' | 'network'>,
    of: NetworkOwner,
  ): Promise<Result<LoopNetwork, string>>;
  /** Takes away the networks of a task that nobody is in; gives how many went, an error is one sentence. */
  removeNetworks(engine: EngineAddress, of: Omit<NetworkOwner, 'agentId'>): Promise<Result<number, string>>;
  /** An error is one sentence; `withinMs` is how long it may take at most. */
  made(engine: EngineAddress, owner: string, withinMs?: number): Promise<Result<Made, string>>;
  /** Those of the Swarm that the engine manages; an error is one sentence. */
  nodes(engine: EngineAddress): Promise<Result<readonly SwarmNode[], string>>;
  /** Why agents of a plan cannot work on this engine, in one sentence; null where they can. */
  whyNotOn(engine: EngineAddress, plan: Pick<ContainerPlan, 'image' | 'network'>): Promise<string | null>;
  /** Takes away every container that carries this run token, and is ours; gives how many there were. */
  endRun(engine: EngineAddress, runToken: string): Promise<number>;
}

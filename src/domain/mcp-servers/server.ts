/** An MCP server that agents may be given beside the one of their own attempt. Data alone: no credential is part of it. */

/** It becomes a word of addresses, variables and files; names beginning with `cfn` are those of our own servers. */
export const SERVER_ID = /^(?!cfn)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
export const MAX_SERVER_ID = 32;
/** A skill as people name it: `browser-automation`. */
export const SKILL_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** In bytes and cores, as a container gets them; a plain process has none. */
export interface ServerLimits {
  readonly memoryBytes: number;
  readonly memoryReservationBytes: number;
  readonly cpus: number;
  readonly cpuReservation: number;
}

/** How a server that runs is found healthy: it answers `ping` of the protocol. */
export interface ServerHealth {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
}

/**
 * What stands behind a server. `package`: of npm, in exactly this version, in a folder of ours after a person asked for it.
 * `program`: found on the person's PATH, which they installed themselves. `image`: of a container engine, present there.
 * `address`: one that somebody else runs, asked with a person's own credential.
 */
export type ServerBacking =
  | {
      readonly kind: 'package';
      readonly name: string;
      readonly version: string;
      /** As the registry gives it for this version; another one is not kept. */
      readonly integrity: string;
      /** The file of the package that is run, by Node. */
      readonly entry: string;
      readonly args: readonly string[];
    }
  | { readonly kind: 'program'; readonly command: string; readonly args: readonly string[] }
  | { readonly kind: 'image'; readonly image: string; readonly argv: readonly string[] }
  | {
      readonly kind: 'address';
      readonly url: string | null;
      /** Name of the variable that holds the person's credential. */
      readonly tokenVariable: string | null;
    };

/** Servers get a bare environment, and what they need of the attempt by these names. */
export type ServerNeed = 'store' | 'browser' | 'worktree';

export interface McpServer {
  readonly id: string;
  readonly title: string;
  readonly purpose: string;
  /** The design's, inside a network of containers; what we start ourselves has no port at all. */
  readonly port: number | null;
  readonly limits: ServerLimits;
  readonly health: ServerHealth;
  /** Those that are started together are started in this order. */
  readonly startOrder: number;
  readonly backing: ServerBacking;
  readonly needs: readonly ServerNeed[];
  /** Names of a person's variables that it may see. */
  readonly variables: readonly string[];
  /** Where the project that stands behind it says how it is run. */
  readonly source: string | null;
  /** What of this line was seen to work, and when; `null`: nothing. */
  readonly verified: { readonly day: string; readonly what: string } | null;
  readonly origin: 'catalogue' | 'yours';
}

/** By their ids. */
export type McpServers = ReadonlyMap<string, McpServer>;

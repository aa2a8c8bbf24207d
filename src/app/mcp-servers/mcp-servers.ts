import type { Result } from '../../base/result.ts';
import type { McpServer } from '../../domain/mcp-servers/server.ts';
import type { ServerLaunch } from '../../protocol/mcp-servers.ts';

/** A server as it stands on this machine. */
export interface ServerStanding {
  readonly server: McpServer;
  /** Those that give it to an agent. */
  readonly skills: readonly string[];
  /** It could be started now. */
  readonly ready: boolean;
  /** One sentence: what is there, or what is missing and how it comes. */
  readonly message: string;
}

export interface ServerCheck {
  readonly id: string;
  /** `answers`: it was started, spoken with and ended. `fails`: it was started. `absent`: there was nothing to start. */
  readonly status: 'answers' | 'fails' | 'absent';
  readonly message: string;
  readonly tools: readonly string[];
}

/** What a person has to agree to: nothing is fetched without it. */
export interface InstallPlan {
  readonly id: string;
  /** `@playwright/mcp@0.0.83` */
  readonly wanted: string;
  readonly folder: string;
  readonly installed: boolean;
}

export interface AgentServers {
  readonly launches: readonly ServerLaunch[];
  /** What these servers are given of a person's variables: for the attempt's `server-secrets.json` alone. */
  readonly secrets: Readonly<Record<string, string>>;
  /** One sentence each: skills without a server, servers that are not there. */
  readonly missing: readonly string[];
}

/** MCP servers that agents may be given: what ships, and what a person's own file says. */
export interface McpServersService {
  /** An error says what is wrong with the person's file. */
  standings(): Promise<Result<readonly ServerStanding[], string>>;
  /** Starts each for a moment and asks what it offers; all, or those with these ids. */
  check(ids: readonly string[], signal: AbortSignal): Promise<Result<readonly ServerCheck[], string>>;
  /** What installing a server would fetch; an error where it is nothing that we install. */
  installPlan(id: string): Promise<Result<InstallPlan, string>>;
  install(plan: InstallPlan, signal: AbortSignal): Promise<Result<void, string>>;
  /** What an agent with these skills sees; nothing is started by asking. */
  forSkills(skills: readonly string[]): Promise<Result<AgentServers, string>>;
}

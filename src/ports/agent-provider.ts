import type { AttemptSpec, TranscriptLine } from '../protocol/attempt.ts';
import type { VersionRange } from '../domain/agents/versions.ts';
import type { ReportChannel } from '../domain/agents/report-by.ts';
import type { OfferedModel } from '../domain/agents/offered-model.ts';
import type { Usage } from '../domain/loop/model.ts';

/** What a CLI has to be started with. */
export interface AgentCommand {
  readonly argv: readonly string[];
  /** Added to the attempt's environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: 'prompt' | 'empty';
  /** It is spoken with by the Agent Client Protocol over its standard input and output. */
  readonly acp?: {
    /** The session's mode; `null`: the one it begins in. */
    readonly mode: string | null;
    /** Commands that it may run without a question, each with any arguments. */
    readonly commands: readonly string[];
  };
  /** What has to stand in `mcp.configFile` before the start; absent where no file is read. */
  readonly mcpConfig?: string;
}

/** How an agent reaches the MCP server of its attempt; the token is also in its variable CFN_MCP_TOKEN. */
export interface McpAccess {
  readonly url: string;
  readonly token: string;
  /** Absolute path at which a CLI may find its servers, readable by this user alone. */
  readonly configFile: string;
  /** Further servers, each with a token of its own. */
  readonly servers: readonly FurtherServer[];
}

export interface FurtherServer {
  /** How a CLI knows it: `cfn-playwright`. */
  readonly name: string;
  readonly url: string;
  readonly token: string;
  /** Names of the variables that hold both. */
  readonly variables: { readonly url: string; readonly token: string };
}

/** What one line of a CLI's output means. */
export interface AgentOutput {
  readonly transcript: readonly Omit<TranscriptLine, 'at'>[];
  readonly sessionId?: string;
  readonly model?: string;
  /** Newest text that may hold the final message; later ones replace earlier ones. */
  readonly message?: string;
  /** Running totals of this run, normalised. */
  readonly usage?: Usage;
  readonly costUsd?: number;
  /** The provider takes no more for now and the CLI waits; `delayMs` until its next try, null when it did not say. */
  readonly rateLimit?: { readonly text: string; readonly delayMs: number | null };
  /** The CLI's own final event. Absent for programs that have none. */
  readonly final?: {
    readonly success: boolean;
    readonly error?: string;
    readonly rateLimited?: boolean;
    /** The failure has nothing to do with the provider, so nothing is told of its account. */
    readonly unrelated?: boolean;
  };
}

/** What a resumed session had used before this run. */
export interface SessionTotals {
  readonly usage: Usage | null;
  readonly costUsd: number | null;
}

export interface CommandRequest {
  readonly program: AttemptSpec['program'];
  readonly permission: AttemptSpec['permission'];
  /** The session to go on in; only given where the CLI can. */
  readonly sessionId: string | null;
  /** Absolute paths of images that belong to the prompt; none for a session that is gone on with. */
  readonly images?: readonly string[];
  /** The prompt, for CLIs that do not read it from standard input; absent where only the flags matter. */
  readonly prompt?: { readonly text: string; readonly file: string };
  /** Absolute path of the attempt's `out/` folder, to be added to the CLI's writable roots. */
  readonly outFolder: string;
  /** Absent where there is no server. */
  readonly mcp?: McpAccess;
}

/**
 * One agent CLI: data plus two pure functions. `parse` is fed line by line and keeps its own totals,
 * so a fresh one is made for each run.
 */
export interface AgentProvider {
  readonly id: string;
  readonly title: string;
  /** Programs looked for on PATH, first match wins; empty for `demo` and `exec`. */
  readonly programs: readonly string[];
  readonly versionArgs: readonly string[];
  /** What prints the flags of a fresh run and, where that differs, of one that resumes; none: nothing to ask. */
  readonly helpArgs: readonly (readonly string[])[];
  /** Versions that the contract suite ran whole; `null` for programs of ours and of the user, and where none was run. */
  readonly verified: VersionRange | null;
  /** Environment variables of the user that this CLI alone may see. */
  readonly environment: readonly string[];
  readonly stop: { readonly signal: 'SIGTERM' | 'SIGINT'; readonly graceMs: number };
  /** True when only a final event proves success: the exit code alone does not. */
  readonly needsFinalEvent: boolean;
  /** Where an earlier session can be gone on with: some keep their sessions by folder. */
  readonly resume: 'anywhere' | 'same-folder' | 'never';
  readonly reports: { readonly usage: boolean; readonly cost: boolean };
  /** How it can give its result in every permission mode; prompts may ask for one of these. */
  readonly channels: readonly ReportChannel[];
  /** True: it is given the attempt's MCP server, and calls its tools in every permission mode without asking. */
  readonly mcp: boolean;
  /** False: the CLI runs every tool without asking, whatever the permission mode says. */
  readonly gated: boolean;
  /** True: in the permission mode `edits` its tools write only below the working directory and `out/`. */
  readonly confined: boolean;
  command(request: CommandRequest): AgentCommand;
  /** `before` comes from `spec.repair`; without it a resumed run may report its session's totals. */
  createParser(before?: SessionTotals): (line: string) => AgentOutput;
  /** The CLI's own interactive interface on a session, for *Take over*; absent where there is none. */
  takeOver?(sessionId: string): readonly string[];
}

export interface DetectedAgent {
  readonly id: string;
  readonly title: string;
  readonly path: string | null;
  readonly version: string | null;
  /** Versions that the preset was verified with; `null` for our own programs. */
  readonly verified: VersionRange | null;
  readonly capabilities: {
    readonly resume: boolean;
    readonly usage: boolean;
    readonly cost: boolean;
    readonly channels: readonly ReportChannel[];
  };
  /** Why it has no path, in one sentence, where that is not that a program is missing. */
  readonly missing?: string;
  /** The models that a SPEC may name, where it may name one. */
  readonly models?: readonly OfferedModel[];
}

/** How well an installed CLI fits what its preset was verified with. */
export interface AgentVerification {
  readonly id: string;
  readonly path: string | null;
  readonly version: string | null;
  /** Versions that were verified whole. */
  readonly verified: VersionRange;
  /**
   * `verified`: one of these versions, and it knows every flag. `other-version`: it knows every flag.
   * `missing-flags`: the loop would start it wrongly. `silent`: it did not tell. `absent`: not on PATH.
   */
  readonly status: 'verified' | 'other-version' | 'missing-flags' | 'silent' | 'absent';
  /** Flags that the preset uses and its help does not name. */
  readonly missingFlags: readonly string[];
  /** One sentence for people. */
  readonly message: string;
}

import type { AttemptSpec, TranscriptLine } from '../protocol/attempt.ts';
import type { Usage } from '../domain/loop/model.ts';

/** What a CLI has to be started with. */
export interface AgentCommand {
  readonly argv: readonly string[];
  /** Added to the attempt's environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: 'prompt' | 'empty';
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
  /** The CLI's own final event. Absent for programs that have none. */
  readonly final?: { readonly success: boolean; readonly error?: string; readonly rateLimited?: boolean };
}

/** What a resumed session had used before this run. */
export interface SessionTotals {
  readonly usage: Usage | null;
  readonly costUsd: number | null;
}

export interface CommandRequest {
  readonly spec: AttemptSpec;
  /** Absolute path of the attempt's `out/` folder, to be added to the CLI's writable roots. */
  readonly outFolder: string;
  readonly promptFile: string;
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
  /** Environment variables of the user that this CLI alone may see. */
  readonly environment: readonly string[];
  readonly stop: { readonly signal: 'SIGTERM' | 'SIGINT'; readonly graceMs: number };
  /** True when only a final event proves success: the exit code alone does not. */
  readonly needsFinalEvent: boolean;
  readonly resumable: boolean;
  readonly reports: { readonly usage: boolean; readonly cost: boolean };
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
  readonly capabilities: { readonly resume: boolean; readonly usage: boolean; readonly cost: boolean };
}

import type { Containers, OpenEngine } from '../ports/container-engine.ts';
import type { SecretScanner } from '../ports/secret-scanner.ts';
import type { Clock } from '../base/clock.ts';
import type { Ids } from '../base/ids.ts';
import type { Logger } from '../base/logger.ts';
import type { AgentEnvironment } from '../domain/agents/environment.ts';
import type { LadderLimits } from '../domain/agents/ladder.ts';
import type { SuspicionLimits } from '../domain/agents/status.ts';
import type { CodePlaceDeps } from './code-places.ts';
import type { McpServersService } from './mcp-servers/mcp-servers.ts';
import type { LoopConfig } from '../domain/loop/config.ts';
import type { AgentProgram } from '../domain/loop/model.ts';
import type { AgentRuntime, AttemptWatch } from '../ports/agent-runtime.ts';
import type { DayBudget } from '../ports/day-budget.ts';
import type { AgentAccount, AgentSlots } from '../ports/agent-slots.ts';
import type { Attachments } from '../ports/attachments.ts';
import type { AttemptFolders } from '../ports/attempt-folders.ts';
import type { Coordination } from '../ports/coordination.ts';
import type { EvidenceRunner } from '../ports/evidence-runner.ts';
import type { Ledger, LoopStore } from '../ports/journal.ts';
import type { LoopQueue } from '../ports/loop-queue.ts';
import type { LoopFiles } from '../ports/loop-files.ts';
import type { PortLeases } from '../ports/port-leases.ts';
import type { ReadModel } from '../ports/read-model.ts';
import type { PullRequests } from '../ports/pull-requests.ts';
import type { Repository, TaskGit } from '../ports/worktrees.ts';

/** What evidence needs to know of the loop that it is for. */
export type EvidencePlace = Pick<LoopConfig, 'prefix' | 'container' | 'setUp' | 'sparse'>;

export type AgentEnvironmentRequest = Omit<
  AgentEnvironment,
  'platform' | 'user' | 'path' | 'binFolder' | 'presetVariables'
> & { readonly program: AgentProgram };

/** Everything the use cases of one repository need, wired in a composition root. */
export interface LoopDeps extends CodePlaceDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Lower-case hex of the SHA-256 of a text's UTF-8 bytes. */
  readonly hash: (text: string) => string;
  readonly repository: Repository;
  readonly store: LoopStore;
  readonly files: LoopFiles;
  readonly ledger: Ledger;
  readonly attachments: Attachments;
  readonly folders: AttemptFolders;
  readonly coordination: Coordination;
  readonly readModel: ReadModel;
  readonly portLeases: PortLeases;
  readonly agentSlots: AgentSlots;
  readonly dayBudget: DayBudget;
  /** At whose provider an agent counts; null: none that we know of. */
  readonly agentAccount: (program: AgentProgram) => Promise<AgentAccount | null>;
  readonly queue: LoopQueue;
  readonly pullRequests: PullRequests;
  readonly runtimes: Readonly<Record<LoopConfig['runtime'], AgentRuntime>>;
  readonly containers: Containers;
  /** For people who look at containers, and into them. */
  readonly openEngine: OpenEngine;
  readonly watch: AttemptWatch;
  /** After how much silence an agent is suspected; may change while loops run. */
  readonly suspicion: () => SuspicionLimits;
  /** What is done about suspected agents; may change while loops run. */
  readonly ladder: () => LadderLimits;
  /** Somebody looks at this loop now. */
  readonly isObserved: (taskId: string) => boolean;
  /** New worktrees go below this folder (relative to the repository's root) instead of beside the repository. */
  readonly placeWorktrees: (root: string) => void;
  readonly secrets: SecretScanner;
  readonly evidence: (taskId: string, task: TaskGit, config: EvidencePlace | null) => EvidenceRunner;
  /** MCP servers that agents may be given by their skills. */
  readonly mcpServers: Pick<McpServersService, 'forSkills'>;
  readonly agentEnvironment: (request: AgentEnvironmentRequest) => Promise<Record<string, string>>;
  /** Told once the end of a loop is on disk; never rejects, and its end is waited for. */
  readonly onFinished: (loop: { readonly taskId: string; readonly durationMs: number }) => Promise<void>;
}

/** One loop's share of them. */
export interface LoopScope extends LoopDeps {
  readonly config: LoopConfig;
  readonly task: TaskGit;
  readonly evidenceRunner: EvidenceRunner;
  /** Grows with each process that holds the loop. */
  readonly epoch: number;
  /** Implementers whose prepared worktree was not found when the loop was taken up, until it is made again. */
  readonly lostWorktrees: Set<string>;
  /** By agent, where its attempt was placed: it may have no container yet. */
  readonly placed: Map<string, { readonly host: string; readonly runToken: string }>;
  /** What the log says already of nodes that take no agents. */
  readonly saidOfNodes: Set<string>;
}

/** Thrown into effects whose loop lets go of them: what they started runs on. */
export const DETACHED = Symbol('detached');
export const isDetached = (signal: AbortSignal): boolean => signal.aborted && signal.reason === DETACHED;

/** A fault of the machine or of ours that stops the loop where it stands; it can be resumed. */
export class LoopFault extends Error {
  override readonly name = 'LoopFault';
}

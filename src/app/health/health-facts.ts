import type { Result } from '../../base/result.ts';
import { claimedPorts } from '../../domain/worktree/ports.ts';
import type { AgentExit } from '../../domain/loop/events.ts';
import type { CodePlace } from '../../domain/loop/model.ts';
import type {
  FolderLook,
  FolderSize,
  HolderLook,
  IndexLook,
  KeyLook,
  Listener,
  RepositoryLook,
  Resources,
  SignIn,
  StoreLook,
} from '../../ports/health-probes.ts';
import type { EngineFacts, ListedContainer } from '../../ports/container-engine.ts';
import type { AccountStanding } from '../../ports/agent-slots.ts';
import type { DetectedAgent } from '../../ports/agent-provider.ts';
import type { LedgerEntry } from '../../ports/journal.ts';
import type { PortLease } from '../../ports/port-leases.ts';
import type { WorktreeFault } from '../worktree-care.ts';

/** One loop of the repository, as its journal and its holder tell. */
export interface LoopFact {
  readonly taskId: string;
  /** Why its journal can not be read; null when it is whole. */
  readonly damage: string | null;
  readonly events: number;
  readonly updatedAt: number;
  readonly state: 'running' | 'waiting' | 'paused' | 'finished' | 'unknown';
  readonly holder: HolderLook | null;
  /** Attempts whose program never ran, newest first. */
  readonly failedStarts: readonly Pick<AgentExit, 'agentId' | 'failure' | 'folder'>[];
}

export interface LedgerFact {
  readonly entry: LedgerEntry;
  /** For attempts: something of it still runs. */
  readonly alive: boolean;
}

export interface AgentFact {
  readonly agent: DetectedAgent;
  readonly signIn: SignIn;
}

export interface ContainerFacts {
  /** Null: no agent is to run in a container here. */
  readonly image: { readonly name: string; readonly there: Result<boolean, string> } | null;
  /** `cfn compose` wrote a file into this checkout. */
  readonly composed: boolean;
  /** Containers that Compose made for this checkout. */
  readonly services: Result<readonly ListedContainer[], string>;
}

/** All that the checks judge; gathered first, so that judging it is pure. */
export interface HealthFacts {
  readonly node: string;
  readonly git: Result<string, string>;
  readonly repository: RepositoryLook;
  /** What is wrong with the repository's settings; null when nothing is. */
  readonly settings: {
    readonly problem: string | null;
    readonly runtime: string | null;
  };
  /** Where agents' code runs, as it was chosen here; null where nobody was asked. */
  readonly codePlace: CodePlace | null;
  readonly programs: readonly { readonly path: string; readonly found: boolean }[];
  readonly agents: Result<readonly AgentFact[], string>;
  /** Providers' accounts that are limited or fail, as they stand `now`. */
  readonly accounts: { readonly now: number; readonly standings: readonly AccountStanding[] };
  /** Asked only where it may be of use: an engine that hangs takes its time to not answer. */
  readonly engine: Result<EngineFacts, string>;
  /** What is asked of that engine; null where it does not answer. */
  readonly containers: ContainerFacts | null;
  readonly stateFolder: FolderLook;
  readonly sizes: { readonly state: FolderSize; readonly worktrees: FolderSize };
  readonly resources: Resources;
  readonly store: StoreLook;
  readonly locks: Result<readonly KeyLook[], string>;
  readonly index: IndexLook;
  readonly loops: readonly LoopFact[];
  readonly leases: readonly PortLease[];
  readonly ledger: readonly LedgerFact[];
  /** What is wrong with agents' worktrees; null where none was ever made. */
  readonly worktrees: Result<readonly WorktreeFault[], string> | null;
  readonly listeners: Result<readonly Listener[], string>;
}

/** Held by a living process; `unknown` has to be taken for living. */
export const isHeld = (loop: LoopFact): boolean =>
  loop.holder?.state === 'alive' || loop.holder?.state === 'unknown';

export const isOver = (loop: LoopFact): boolean => loop.state === 'finished';

/** The task of one of our branches, `cfn/<task>/<agent>`. */
export const taskOfBranch = (branch: string): string | null =>
  /^cfn\/([^/]+)\/[^/]+$/.exec(branch)?.[1] ?? null;

/** Leases whose loop has ended or is gone, and on whose ports nobody listens. */
export function deadLeases(facts: Pick<HealthFacts, 'leases' | 'loops' | 'listeners'>): readonly PortLease[] {
  const { listeners } = facts;
  // What can not be seen may be in use.
  if (!listeners.ok) return [];
  const busy = new Set(listeners.value.map((listener) => listener.port));
  const open = new Set(facts.loops.filter((loop) => !isOver(loop)).map((loop) => loop.taskId.toLowerCase()));
  return facts.leases.filter((lease) => {
    const taskId = taskOfBranch(lease.branch);
    if (taskId === null || open.has(taskId.toLowerCase())) return false;
    return claimedPorts(lease).every((port) => !busy.has(port));
  });
}

import type { ReportChannel } from '../agents/report-by.ts';
import type { ContainerPlan } from '../containers/plan.ts';
import type { Submodule } from '../worktree/submodules.ts';
import type { Attachment } from './attachment.ts';
import type {
  CodePlace,
  Commit,
  ConsensusRule,
  CrewMember,
  DecidedBy,
  Mode,
  Outcome,
  Part,
  ProceedPolicy,
  Role,
  SetUp,
  StallPolicy,
  Strategy,
} from './model.ts';

/** What one run of a preset in a role is expected to cost. */
export interface ExpectedPrice {
  readonly preset: string;
  readonly role: Role;
  readonly usd: number;
}

/** A finished loop, as later ones tell of it. */
export interface EarlierTask {
  readonly taskId: string;
  readonly description: string;
  readonly outcome: Outcome;
  /** Of the last decision; empty where none was made. */
  readonly reason: string;
}

/** The finished loop that a loop goes on from. */
export interface Continuation extends EarlierTask {
  /** Its result, which is this loop's base. */
  readonly commit: Commit;
  /** What its product owner left for later. */
  readonly deferred: readonly string[];
  /** Base of the first loop of them all. */
  readonly firstBase: Commit;
  /** The loops that it went on from itself, oldest first. */
  readonly before: readonly EarlierTask[];
}

/** What a loop was started with. Part of `LoopStarted`; later it changes by events alone, in the loop's state. */
export interface LoopConfig {
  readonly taskId: string;
  readonly description: string;
  readonly requirements: readonly string[];
  readonly acceptance: readonly string[];
  readonly deliverables: readonly string[];
  readonly priority: string;
  readonly mode: Mode;
  readonly gateThreshold: number;
  readonly consensusThreshold: number;
  /** How votes become one score; missing in loops of earlier versions, which took the mean. */
  readonly consensusRule?: ConsensusRule;
  /** Missing: PROCEED is a matter of judgement. `0/0`: an agent's does not hold while something is open. */
  readonly proceedPolicy?: Exclude<ProceedPolicy, 'judged'>;
  /** The share of reviews that are looked into by a seeded fault, from 0 to 1; missing: none. */
  readonly adversarialRate?: number;
  /** Commands that prove critical findings are run; missing in loops of earlier versions, which ran none. */
  readonly runsProofs?: true;
  /** Deliverables and added lines are looked at; missing in loops of earlier versions, which looked at neither. */
  readonly inspects?: true;
  /** The least share of changed lines that tests have to run, 0 to 1; missing: it is only shown. */
  readonly coverageThreshold?: number;
  /** How many mutants of changed lines are tried against tests that pass; missing: none. */
  readonly mutationSample?: number;
  /** The least share of them that tests have to notice, 0 to 1; missing: it is only shown. */
  readonly mutationScore?: number;
  readonly maxIterations: number;
  readonly strategy: Strategy;
  readonly parts: readonly Part[];
  readonly crew: readonly CrewMember[];
  readonly decidedBy: DecidedBy;
  /** Empty: `--evidence none`, the gate asks for confidence alone and PROCEED needs a person. */
  readonly evidence: readonly string[];
  readonly baseCommit: Commit;
  /** Opened folder relative to the repository's root, '' at the root. */
  readonly prefix: string;
  /** Total limit per attempt in ms; null: the mode's, or 300 s for `exec:` and demo agents. */
  readonly totalLimitMs: number | null;
  readonly idleLimitMs: number;
  readonly maxAttempts: number;
  readonly maxAgentRuns: number;
  readonly maxParallelAgents: number;
  readonly budgetUsd: number | null;
  readonly onBudget: 'pause' | 'stop';
  /** The share of the budget at which a person is told; missing in loops of earlier versions: the default. */
  readonly budgetWarning?: number;
  /** Medians of what earlier loops of this repository told. Missing without a budget, and in loops of earlier versions. */
  readonly prices?: readonly ExpectedPrice[];
  /** What happens when iterations come no nearer; missing: the loop goes on to its last one. */
  readonly onStall?: Exclude<StallPolicy, 'go-on'>;
  /** Where the runners are; with `container` their agents are in one each. */
  readonly runtime: 'process' | 'terminal' | 'container';
  /** Missing unless agents run in containers. */
  readonly container?: ContainerPlan;
  readonly permission: 'edits' | 'ask' | 'full';
  /** The one way in which agents are asked to report; missing: by final message or file, as they like. */
  readonly reportBy?: ReportChannel;
  /** Agents are given no MCP server of their attempt. */
  readonly agentMcp?: false;
  /** Folders of the repository that checkouts of agents contain, from its root; missing: everything. */
  readonly sparse?: readonly string[];
  /** Skills of all agents, by which they are given MCP servers; missing: none. */
  readonly skills?: readonly string[];
  /** Missing in loops of earlier versions, which always installed. */
  readonly setUp?: SetUp;
  /** Where its code runs. Missing in loops of earlier versions, which knew this machine alone. */
  readonly codePlace?: CodePlace;
  /** Transfer points that the loop is held before from its start on. */
  readonly breakpoints?: readonly number[];
  /** Files that a person gave along with the task. */
  readonly attachments?: readonly Attachment[];
  /** Of the base commit. Missing where it has none, and in loops of earlier versions. */
  readonly submodules?: readonly Submodule[];
  /** It waits for its turn in the machine's queue before it begins. */
  readonly queued?: true;
  /** Missing where the loop began at a commit of the user's. */
  readonly continuesTask?: Continuation;
}

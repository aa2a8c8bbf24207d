import type { Disposable, Listen } from '../base/emitter.ts';
import type { Result } from '../base/result.ts';
import type { Calibration } from '../domain/calibration/calibration.ts';
import type { Attachment } from '../domain/loop/attachment.ts';
import type { Thresholds } from '../domain/loop/events.ts';
import type { HomeService } from './bring-home/home-service.ts';
import type { HandOver, HandOverAddress } from './hand-overs.ts';
import type { Review } from '../domain/review/review.ts';
import type { Thread } from '../domain/review/thread.ts';
import type { SaidPlace } from '../domain/code-place.ts';
import type { ContainerOffer } from '../domain/containers/offer.ts';
import type { CodePlace, Decision, Outcome, SetUp } from '../domain/loop/model.ts';
import type { DetectedAgent } from '../ports/agent-provider.ts';
import type { Survival } from './recovery/survival.ts';
import type { SplitProposal, SplitRequest } from './split/propose-split.ts';
import type { FailingCheck, FailingChecksRequest } from './failing-checks.ts';
import type { CleanUpReport, CleanUpRequest } from './clean-up.ts';
import type { ContainerShell, ShellRequest } from '../ports/container-engine.ts';
import type { LeftLoop } from '../ports/journal.ts';
import type { QueuedLoop } from '../ports/loop-queue.ts';
import type { StoreHealth } from '../ports/coordination.ts';
import type { AgentWorktree, ListedWorktree, Rescued } from '../ports/worktrees.ts';
import type { DryRun } from './dry-run.ts';
import type { Inheritance } from './continuation.ts';
import type { ExportedPatch, ExportRequest, LoopRecord } from './export-loop.ts';
import type { LoopReview } from './review/loop-review.ts';
import type { LoopView } from './projections/loop-view.ts';
import type { StartRequest } from './start-request.ts';
import type { RemoveWorktreeRequest, WorktreeRemoval } from './remove-worktree.ts';
import type { WorktreeFault } from './worktree-care.ts';

/**
 * `input`: wrong input or an unusable repository, one sentence, nothing was created.
 * `state`: the loop is not in a state in which this can be done. `internal`: a fault of ours or of the machine.
 */
export interface LoopError {
  readonly kind: 'input' | 'state' | 'internal';
  readonly message: string;
}

/** Dependencies that lockfiles ask for, in every checkout that an agent works in. */
export interface ProposedInstalls {
  /** `npm ci --no-audit --no-fund` */
  readonly commands: readonly string[];
  /** What the person chose for this repository; null when nobody was asked yet. */
  readonly chosen: SetUp | null;
}

/** Where agents' code runs, as it stands for the repository. */
export interface CodePlaceChoice {
  /** Null when nobody was asked yet. */
  readonly chosen: CodePlace | null;
  readonly engine: ContainerOffer;
}

/** What a start would do, shown before anything is created. */
export interface StartPlan {
  readonly request: StartRequest;
  readonly taskId: string;
  readonly evidenceCommands: readonly string[];
  /** Null where there is nothing to install; not chosen yet counts as installing. */
  readonly installs: ProposedInstalls | null;
  /** Where all of its code runs; where nobody chose yet, that is this machine. */
  readonly codePlace: SaidPlace;
  /** The files of `request.attach` as agents get them. */
  readonly attachments: readonly Attachment[];
  readonly maxAgentRuns: number;
  readonly maxParallelAgents: number;
  /** `At most 40 agent runs, 2 at a time.` */
  readonly summary: string;
}

export type LoopEnd =
  | { readonly kind: 'finished'; readonly outcome: Outcome }
  /** Journaled; needs a person. */
  | { readonly kind: 'waiting'; readonly view: LoopView }
  /** This process let go of the loop; it can be resumed. */
  | { readonly kind: 'detached' };

export interface LoopHandle {
  readonly taskId: string;
  /** True when another process holds the loop and this one only follows it. */
  readonly heldElsewhere?: boolean;
  /** What was left of the process that ran the loop before this one; null or absent when there is nothing to say. */
  readonly survived?: Survival | null;
  view(): LoopView;
  /** Every public event (contract section 5) in order, starting with those already journaled when `replay`. */
  onPublicEvent(
    listener: (event: Record<string, unknown>) => void,
    options?: { readonly replay?: boolean },
  ): { dispose(): void };
  /** Resolves when the loop ended, or — unless `keepWaiting` — when it waits for a person. */
  ended(options: { readonly keepWaiting: boolean; readonly signal?: AbortSignal }): Promise<LoopEnd>;
}

/** A loop in the line of the machine. */
export interface QueueEntry extends QueuedLoop {
  /** It is one of this repository: its place can be changed from here. */
  readonly here: boolean;
}

export interface SentReview {
  /** The iteration whose agents are told, if there is one. */
  readonly toldIn: number;
}

export interface DecideRequest {
  readonly decision: Decision;
  readonly reason?: string;
  readonly feedback?: readonly string[];
  /** Protected files that the person confirms, and the revised commit that no evidence ran on. */
  readonly confirm?: readonly string[];
}

/** One file that differs between the loop's base and a commit of it. */
export interface FileChange {
  /** Relative to the repository's root, with slashes. */
  readonly path: string;
  readonly status: 'added' | 'modified' | 'deleted';
}

/** A worktree of the repository, whoever made it. */
export interface Worktree extends ListedWorktree {
  /** First of the ten ports that services started in it may use; null where none are leased for its branch. */
  readonly portBase: number | null;
}

/** The use cases of loops in one repository; editor, command line and servers all drive this. */
export interface LoopService {
  /** Told when the coordination store, or the Redis behind it, goes away or comes back. */
  readonly onStoreHealth?: Listen<StoreHealth>;
  plan(request: StartRequest): Promise<Result<StartPlan, LoopError>>;
  /** What lockfiles ask for in agents' worktrees, and what was chosen; null where there is nothing to choose. */
  installs(): Promise<ProposedInstalls | null>;
  /** For all later loops of this repository. */
  rememberSetUp(setUp: SetUp): Promise<Result<void, LoopError>>;
  /** `image`: what the containers would be of; by default our own. */
  codePlace(image?: string): Promise<CodePlaceChoice>;
  /** For all later loops of this repository. */
  rememberCodePlace(codePlace: CodePlace): Promise<Result<void, LoopError>>;
  /** What `start` would do, with every prompt and what it may cost. Makes nothing. */
  dryRun(plan: StartPlan): Promise<Result<DryRun, LoopError>>;
  start(plan: StartPlan): Promise<Result<LoopHandle, LoopError>>;
  /** Follows a loop that another process holds, or takes up one that nobody holds. */
  resume(taskId: string): Promise<Result<LoopHandle, LoopError>>;
  /** Loops that this core's owner ran last and nobody runs now, such as those of a window before its reload. */
  left(): Promise<readonly LeftLoop[]>;
  /** Reads along with a loop that another process runs now; `null` where none does. Takes nothing up. */
  follow(taskId: string): Promise<Result<LoopHandle | null, LoopError>>;
  decide(taskId: string, request: DecideRequest): Promise<Result<LoopHandle, LoopError>>;
  pause(taskId: string, options: { readonly now: boolean }): Promise<Result<void, LoopError>>;
  unpause(taskId: string): Promise<Result<void, LoopError>>;
  /** Cancels: running agents are ended, the work is kept. */
  stop(taskId: string): Promise<Result<void, LoopError>>;
  /** Says something to a running agent, as far as its CLI can be spoken to; at once where it seems stuck. */
  nudge(taskId: string, agentId: string, text?: string): Promise<Result<void, LoopError>>;
  /** Ends one running attempt; the loop goes on without a result of that agent. */
  stopAgent(taskId: string, agentId: string): Promise<Result<void, LoopError>>;
  /** A suspected agent is fine as it is: the loop does no more about it in this attempt. */
  leaveAgent(taskId: string, agentId: string): Promise<Result<void, LoopError>>;
  /** Answers what a running agent asks; it goes on with the answer, also where nobody runs its loop now. */
  answerQuestion(
    taskId: string,
    question: { readonly agentId: string; readonly questionId: string },
    answer: string,
  ): Promise<Result<void, LoopError>>;
  /** Loops that wait for their turn on this machine, also those of other repositories, in order. */
  queue(): Promise<readonly QueueEntry[]>;
  /** Another place in the line; 1 is the next one, and beyond the end is the end. */
  moveInQueue(taskId: string, position: number): Promise<Result<void, LoopError>>;
  /** A queued loop does not wait for its turn; it goes on here where nobody holds it. */
  startNow(taskId: string): Promise<Result<LoopHandle, LoopError>>;
  addFeedback(taskId: string, items: readonly string[]): Promise<Result<void, LoopError>>;
  /**
   * Sends a review as a whole: its open items are what the next iteration is told, and it starts at `revised` where
   * lines were rejected. `input`: an item is not what it has to be. `state`: the loop has ended, or gone on.
   */
  sendReview(taskId: string, review: Review): Promise<Result<SentReview, LoopError>>;
  /** What validators found and a person said, with what came of it; oldest first. */
  threads(taskId: string): Promise<Result<readonly Thread[], LoopError>>;
  /** Holds the loop before these transfer points (1 to 7) from now on; replaces the set. */
  setBreakpoints(taskId: string, points: readonly number[]): Promise<Result<void, LoopError>>;
  /** Lets the held hand-over go on; `edited` is its whole JSON text with changed values, checked before anything happens. */
  release(taskId: string, edited?: string): Promise<Result<LoopHandle, LoopError>>;
  /** What was handed over, or is held, at a transfer point, with the prompts that carried it. */
  handOver(taskId: string, address: HandOverAddress): Promise<Result<HandOver, LoopError>>;
  /** `gate` and `consensus` count from the next iteration on, `maxIterations` at once. */
  changeThresholds(taskId: string, thresholds: Thresholds): Promise<Result<void, LoopError>>;
  /**
   * Has an agent of the running step run again as a new attempt, ending a running one first. `spec` is `PRESET` or
   * `exec:COMMAND LINE` for the program that takes its place, also at its next start when the step is another's.
   */
  retryAgent(
    taskId: string,
    agentId: string,
    options?: { readonly spec?: string },
  ): Promise<Result<void, LoopError>>;
  /**
   * Tells these loops which files a person changes in the editor, so that they are not taken for agents' doing.
   * Paths elsewhere count for nothing, and loops that nobody runs are left alone.
   */
  ownEdits(taskIds: readonly string[], paths: readonly string[]): Promise<void>;
  /**
   * What differs between the loop's base and `commit`, by default the newest integrated one. `first-base`: the base
   * of the first loop of those that it goes on from.
   */
  changes?(
    taskId: string,
    commit?: string,
    since?: 'base' | 'first-base',
  ): Promise<Result<readonly FileChange[], LoopError>>;
  /** What loops made, for a person who reviews it. */
  readonly review?: LoopReview;
  /** All worktrees that git lists, also those that no loop made. Reads only. */
  worktrees(): Promise<Result<readonly Worktree[], LoopError>>;
  /** Agents' worktrees that are locked, moved, gone or replaced; of all loops. Reads only. */
  worktreeFaults(): Promise<Result<readonly WorktreeFault[], LoopError>>;
  /**
   * Takes moved worktrees up where they are, and drops those of ended loops whose folder is gone, with commits that
   * nothing else holds kept first. A loop that somebody runs is left alone. One sentence for each.
   */
  repairWorktrees(): Promise<Result<readonly string[], LoopError>>;
  /**
   * Keeps what lies in an agent's worktree now under a rescue ref; null when commits of the loop hold all of it
   * already. The worktree stays as it is.
   */
  rescue(taskId: string, agentId: string): Promise<Result<Rescued | null, LoopError>>;
  /**
   * Shows what removing the worktree of an agent that does not run would do; with `remove` it is done, and what no ref
   * held has a rescue ref first. A loop that goes on makes the worktree anew. `state`: the agent runs or is about to, or
   * the worktree can not go as it stands.
   */
  removeWorktree(request: RemoveWorktreeRequest): Promise<Result<WorktreeRemoval, LoopError>>;
  /** Makes a worktree that was removed again, with what lay in it but for ignored files. */
  restoreWorktree(taskId: string, agentId: string): Promise<Result<AgentWorktree, LoopError>>;
  /** Runs the evidence at HEAD in a checkout of its own and tells what fails. */
  failingChecks?(request: FailingChecksRequest): Promise<Result<readonly FailingCheck[], LoopError>>;
  /**
   * Lets one agent take a task apart, in a disposable checkout, once. Starts no loop, and leaves nothing. A plan is marked
   * where parts share files, or name some that do not exist.
   */
  proposeSplit?(request: SplitRequest): Promise<Result<SplitProposal, LoopError>>;
  /** Shows what the ledger owns and could be removed; with `remove` it is archived and removed. */
  cleanUp(request: CleanUpRequest): Promise<Result<CleanUpReport, LoopError>>;
  /** Every public event of a loop so far, from its journal or its archive. */
  history(taskId: string): Promise<Result<readonly Record<string, unknown>[], LoopError>>;
  /** What the loop made, as a patch; `input` and `state` errors where there is no such thing. */
  exportPatch(taskId: string, request: ExportRequest): Promise<Result<ExportedPatch, LoopError>>;
  /** The loop's journal as one document. */
  exportRecord(taskId: string): Promise<Result<LoopRecord, LoopError>>;
  /**
   * What agents claimed in all loops of this repository, and what held; views have it from then on, and it is kept
   * up to date.
   */
  calibration(): Promise<Result<readonly Calibration[], LoopError>>;
  /** The way of results into the user's branches and checkout. */
  readonly home: HomeService;
  /** All loops of the repository, newest first. */
  list(): Promise<readonly LoopView[]>;
  view(taskId: string): Promise<Result<LoopView, LoopError>>;
  /** The loop as it stood at the end of one of its iterations, or as it stands in the current one. */
  viewOf(taskId: string, iteration: number): Promise<Result<LoopView, LoopError>>;
  /** What a loop that goes on from this finished one takes over; `state` where it has no result. */
  inherit(taskId: string): Promise<Result<Inheritance, LoopError>>;
  /** Gives a loop a title of its own; null or a blank one: it goes by its task again. */
  rename(taskId: string, title: string | null): Promise<Result<LoopView, LoopError>>;
  /** Puts a finished loop out of the lists, or back. */
  archive(taskId: string, archived: boolean): Promise<Result<LoopView, LoopError>>;
  /** Fires after each journaled change, at most ten times a second for each loop. */
  readonly onChange: Listen<LoopView>;
  /** Somebody looks at the loop: until it is disposed of, the diffs of agents at work are kept fresh. */
  observe(taskId: string): Disposable;
  /**
   * A shell in the container of an agent that runs. `state`: it runs in none, or its container is gone. It ends with
   * the container, and with this service.
   */
  openShell(
    taskId: string,
    agentId: string,
    request: Omit<ShellRequest, 'prompt'>,
  ): Promise<Result<ContainerShell, LoopError>>;
  agents(): Promise<readonly DetectedAgent[]>;
  /** Lets go of all loops; agents run on under their runners. */
  dispose(): Promise<void>;
}

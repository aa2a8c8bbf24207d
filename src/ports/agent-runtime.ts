import type { Disposable } from '../base/emitter.ts';
import type { Result } from '../base/result.ts';
import type { Ending } from '../domain/loop/model.ts';
import type { AttemptSpec, Nudge, QuestionAnswer, ResultRecord, RunnerState } from '../protocol/attempt.ts';

export interface AgentLaunch {
  readonly spec: AttemptSpec;
  /** The attempt's folder; spec, prompt and context are already in it. */
  readonly folder: string;
  /** The agent's whole environment. Never written to disk: it may hold the preset's API key. */
  readonly env: Readonly<Record<string, string>>;
  /** `cfn · backend-1 · it 2` */
  readonly title: string;
}

export interface LaunchedRunner {
  /** Pid of the runner, not of the agent. */
  readonly pid: number;
}

export type LaunchError =
  | { readonly kind: 'program-missing'; readonly message: string }
  | { readonly kind: 'launch-failed'; readonly message: string };

/** Starts runners somewhere: plain processes, integrated terminals, later containers and workers. */
export interface AgentRuntime {
  readonly kind: 'process' | 'terminal';
  launch(launch: AgentLaunch, signal: AbortSignal): Promise<Result<LaunchedRunner, LaunchError>>;
  /** So many agents will start soon; where it can be, part of their start is done ahead. Starts no agent. */
  expect?(count: number): void;
}

/** How an attempt stands, whoever started it. `starting`: its runner has written nothing yet. `gone`: and no record. */
export type AttemptStanding =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly pid: number | null }
  | { readonly kind: 'finished'; readonly ending: Ending }
  | { readonly kind: 'gone' };

/** A process of this machine, or a container. */
export interface AgentStart {
  readonly pid: number | null;
  readonly containerId?: string;
}

/** Follows attempts by their folder, so it works the same for runners that an earlier orchestrator started. */
export interface AttemptWatch {
  /** Resolves with the record, or with `lost` when neither a record nor a living runner is left. */
  awaitRecord(folder: string, signal: AbortSignal): Promise<ResultRecord | 'lost'>;
  /** Asks a runner to end its agent; the record follows. */
  cancel(folder: string, reason: string): Promise<void>;
  /** Gives a runner a message for its agent; what becomes of it stands in the runner's signals. */
  nudge(folder: string, nudge: Nudge): Promise<void>;
  /** Gives a runner what a person answered to a question of its agent. */
  answer(folder: string, answer: QuestionAnswer): Promise<void>;
  /** What the runner wrote last about itself; null when it has written nothing readable. */
  state(folder: string): Promise<RunnerState | null>;
  /** Tells the same at once, and again each time it changes, until it is disposed of. */
  watchState(folder: string, listener: (state: RunnerState | null) => void): Disposable;
  /** Ends what is left of an attempt whose runner is gone; only processes that carry its run token. */
  reap(folder: string): Promise<void>;
  standing(folder: string): Promise<AttemptStanding>;
  /** Ends all processes that carry this run token, as far as the platform shows it; gives how many there were. */
  endCarriers(runToken: string): Promise<number>;
  /** What the agent is once it runs, `null` when the attempt ended before. */
  agentStart(folder: string, signal: AbortSignal): Promise<AgentStart | null>;
}

import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/emitter.ts';
import { askingOf } from '../../domain/agents/question.ts';
import { judgeRunning, type AgentStatus, type SuspicionLimits } from '../../domain/agents/status.ts';
import type { LoopState } from '../../domain/loop/state.ts';
import type { AttemptWatch } from '../../ports/agent-runtime.ts';
import type { OpenEngine } from '../../ports/container-engine.ts';
import type { TaskGit } from '../../ports/worktrees.ts';
import type { RunnerState } from '../../protocol/attempt.ts';
import type { AgentSignals, ContainerLook, LiveDiff } from '../projections/agent-signals.ts';
import { createLiveContainers } from './live-containers.ts';
import { createLiveDiffs } from './live-diffs.ts';
import { runningSlots, type RunningSlot } from './running-slots.ts';

/** What is known of the running attempts of one loop, now. */
export interface LiveAgents {
  readonly now: number;
  readonly limits: SuspicionLimits;
  /** Why agents that are to start have to wait, by their ids; known to the process that runs the loop alone. */
  readonly holds?: ReadonlyMap<string, string>;
  /** Null while the runner of the attempt in this folder has told nothing. */
  signals(folder: string): AgentSignals | null;
}

export interface AgentsWatch {
  live(): LiveAgents;
  /** Other attempts may run in this state. */
  follow(state: LoopState): void;
  dispose(): void;
}

/** What it needs of `LoopDeps`. */
export interface WatchAgentsDeps {
  readonly clock: Clock;
  readonly watch: Pick<AttemptWatch, 'watchState'>;
  readonly suspicion: () => SuspicionLimits;
  readonly isObserved: (taskId: string) => boolean;
  readonly repository: {
    readonly facts: { readonly id: string };
    readonly task: (taskId: string) => Pick<TaskGit, 'workingChanges'>;
  };
  readonly openEngine: OpenEngine;
}

/** Follows the agents of one loop. */
export const watchAgents = (
  deps: WatchAgentsDeps,
  taskId: string,
  told: Pick<AgentsWatchDeps, 'onChange' | 'onLook' | 'onSignals'>,
): AgentsWatch =>
  createAgentsWatch({
    ...deps,
    task: deps.repository.task(taskId),
    owner: deps.repository.facts.id,
    limits: deps.suspicion,
    observed: () => deps.isObserved(taskId),
    ...told,
  });

export interface AgentsWatchDeps {
  readonly clock: Clock;
  readonly watch: Pick<AttemptWatch, 'watchState'>;
  readonly task: Pick<TaskGit, 'workingChanges'>;
  readonly openEngine: OpenEngine;
  /** Id of the repository. */
  readonly owner: string;
  readonly limits: () => SuspicionLimits;
  /** Somebody looks at the loop; diffs of working implementers and figures of containers are kept fresh then. */
  readonly observed: () => boolean;
  /** Something is known anew, or has become old. */
  readonly onChange: () => void;
  /** The runner of one agent told something. */
  readonly onSignals?: (running: RunningSlot, signals: AgentSignals) => void;
  /** Called every few seconds while agents run. */
  readonly onLook?: () => void;
}

/** Silence makes no event, so how agents stand is looked at in between. */
const LOOK_MS = 5_000;

interface Followed {
  running: RunningSlot;
  watching: Disposable;
  state: RunnerState | null;
  status: AgentStatus | null;
}

export function createAgentsWatch(deps: AgentsWatchDeps): AgentsWatch {
  const { clock, watch, limits, onChange } = deps;
  const followed = new Map<string, Followed>();
  const controller = new AbortController();
  const diffs = createLiveDiffs({ ...deps, signal: controller.signal });
  const containers = createLiveContainers({ ...deps, signal: controller.signal });
  let looking = false;

  const begin = (running: RunningSlot): void => {
    const { folder } = running.attempt;
    const entry: Followed = { running, watching: NOT_YET, state: null, status: null };
    followed.set(folder, entry);
    entry.watching = watch.watchState(folder, (state) => {
      entry.state = state;
      onChange();
      const signals = state && signalsOf(state, null);
      if (signals) deps.onSignals?.(entry.running, signals);
    });
  };
  const statusOf = ({ running: { slot, attempt }, state }: Followed): AgentStatus =>
    judgeRunning({
      startedAt: attempt.startedAt,
      asking: askingOf(slot.questions, state?.signals?.questions ?? []),
      signals: state?.signals ?? null,
      now: clock.now(),
      limits: limits(),
    }).status;
  /** Tells of what changed by the passing of time alone. */
  const lookNow = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    while (followed.size > 0 && !controller.signal.aborted) {
      const before = Array.from(followed.values(), ({ status }) => status).join();
      for (const each of followed.values()) each.status = statusOf(each);
      if (before !== Array.from(followed.values(), ({ status }) => status).join()) onChange();
      deps.onLook?.();
      await clock.sleep(LOOK_MS, controller.signal).catch(() => undefined);
    }
    looking = false;
  };

  return {
    live: () => ({
      now: clock.now(),
      limits: limits(),
      signals: (folder) => {
        const state = followed.get(folder)?.state ?? null;
        return state && signalsOf(state, diffs.of(folder), containers.of(folder));
      },
    }),
    follow(state) {
      if (controller.signal.aborted) return;
      const running = runningSlots(state);
      const folders = new Set(running.map(({ attempt }) => attempt.folder));
      for (const [folder, { watching }] of followed) {
        if (folders.has(folder)) continue;
        watching.dispose();
        followed.delete(folder);
      }
      for (const each of running) {
        const known = followed.get(each.attempt.folder);
        if (known) known.running = each;
        else begin(each);
      }
      diffs.follow(state);
      containers.follow(state);
      void lookNow();
    },
    dispose() {
      controller.abort();
      for (const { watching } of followed.values()) watching.dispose();
      followed.clear();
    },
  };
}

const NOT_YET: Disposable = { dispose: () => undefined };

export interface LookDeps {
  readonly clock: Clock;
  readonly watch: Pick<AttemptWatch, 'state'>;
  readonly suspicion: () => SuspicionLimits;
}

/** One look at the running attempts, for whoever follows nothing. */
export async function lookAtAgents(deps: LookDeps, state: LoopState): Promise<LiveAgents> {
  const folders = runningSlots(state).map(({ attempt }) => attempt.folder);
  const states = await Promise.all(folders.map((folder) => deps.watch.state(folder)));
  const found = new Map(folders.map((folder, index) => [folder, states[index] ?? null]));
  return {
    now: deps.clock.now(),
    limits: deps.suspicion(),
    signals: (folder) => {
      const known = found.get(folder) ?? null;
      return known && signalsOf(known, null);
    },
  };
}

/** Null from a runner of an earlier version, which tells none. */
function signalsOf(
  state: RunnerState,
  diff: LiveDiff | null,
  container: ContainerLook | null = null,
): AgentSignals | null {
  const { signals, phase, usage, costUsd } = state;
  if (signals === undefined) return null;
  return {
    ...signals,
    phase: phase === 'done' ? 'ending' : phase,
    usage,
    costUsd,
    diff,
    ...(container === null ? {} : { container }),
  };
}

import type { Clock } from '../../base/clock.ts';
import { LABELS } from '../../domain/containers/engine.ts';
import { containerName, type ContainerPlan } from '../../domain/containers/plan.ts';
import { containerState, coresInUse, type CpuSample } from '../../domain/containers/usage.ts';
import type { LoopState } from '../../domain/loop/state.ts';
import type { OpenEngine } from '../../ports/container-engine.ts';
import type { ContainerLook } from '../projections/agent-signals.ts';
import { containerOfAgent, lookAtContainers, type SeenContainer } from './look-at-containers.ts';
import { runningSlots, type RunningSlot } from './running-slots.ts';

export interface LiveContainers {
  of(folder: string): ContainerLook | null;
  follow(state: LoopState): void;
}

export interface LiveContainersDeps {
  readonly clock: Clock;
  readonly openEngine: OpenEngine;
  /** Id of the repository. */
  readonly owner: string;
  /** Somebody looks at the loop. */
  readonly observed: () => boolean;
  readonly onChange: () => void;
  readonly signal: AbortSignal;
}

/** Between two looks; measuring takes an engine a second by itself. */
const REST_MS = 3_000;

interface Known {
  readonly look: ContainerLook;
  readonly sample: (CpuSample & { readonly id: string }) | null;
}

/** What containers of running agents use. An engine is asked while somebody looks, and by nobody else. */
export function createLiveContainers(deps: LiveContainersDeps): LiveContainers {
  const { clock, openEngine, owner, observed, onChange, signal } = deps;
  const known = new Map<string, Known>();
  let plan: ContainerPlan | null = null;
  let taskId = '';
  let running: readonly RunningSlot[] = [];
  let going = false;

  const take = (found: readonly SeenContainer[] | null, engine: ContainerPlan): void => {
    for (const { slot, attempt } of running) {
      const name = containerName(slot.agentId, taskId);
      const before = known.get(attempt.folder) ?? null;
      const seen = found && containerOfAgent(found, { agentId: slot.agentId, taskId });
      const now = found === null ? standing('no-answer', name, engine) : lookOf(seen, { before, engine });
      if (now) known.set(attempt.folder, now);
    }
  };
  const round = async (engine: ContainerPlan): Promise<void> => {
    const before = texts(known);
    if (observed()) {
      const labels = { [LABELS.owner]: owner, [LABELS.task]: taskId };
      const asked = await openEngine(engine.engine).catch(() => null);
      const found = asked && (await lookAtContainers(asked, labels, signal));
      if (signal.aborted) return;
      take(found?.ok ? found.value : null, engine);
    }
    // Figures of a while ago say nothing of now.
    if (!observed()) known.clear();
    if (texts(known) !== before) onChange();
  };
  const goOn = async (): Promise<void> => {
    if (going) return;
    going = true;
    for (let engine = plan; engine !== null && running.length > 0 && !signal.aborted; engine = plan) {
      await round(engine);
      await clock.sleep(REST_MS, signal).catch(() => undefined);
    }
    going = false;
  };

  return {
    of: (folder) => known.get(folder)?.look ?? null,
    follow(state) {
      plan = state.config.container ?? null;
      taskId = state.config.taskId;
      running = runningSlots(state);
      const folders = new Set(running.map(({ attempt }) => attempt.folder));
      for (const folder of known.keys()) if (!folders.has(folder)) known.delete(folder);
      void goOn();
    },
  };
}

const texts = (known: ReadonlyMap<string, Known>): string =>
  JSON.stringify(Array.from(known, ([folder, { look }]) => [folder, look]));

interface LookRequest {
  readonly before: Known | null;
  readonly engine: ContainerPlan;
}

/** One that was never seen has not been made yet. */
function lookOf(seen: SeenContainer | null, { before, engine }: LookRequest): Known | null {
  if (seen === null) return before && standing('gone', before.look.name, engine);
  const { id, name, state, sample } = seen;
  const still = standing(containerState(state), name, engine);
  if (sample === null) return still;
  const cores = coresInUse(sample, before?.sample?.id === id ? before.sample : null);
  const { memoryBytes, memoryLimitBytes } = sample;
  return {
    look: {
      ...still.look,
      cores,
      memoryBytes,
      memoryLimitBytes: memoryLimitBytes ?? still.look.memoryLimitBytes,
    },
    sample: { id, at: sample.at, cpuMs: sample.cpuMs },
  };
}

function standing(state: ContainerLook['state'], name: string, { limits }: ContainerPlan): Known {
  const { cpus: coreLimit, memoryBytes: memoryLimitBytes } = limits;
  return {
    look: { name, state, cores: null, coreLimit, memoryBytes: null, memoryLimitBytes },
    sample: null,
  };
}

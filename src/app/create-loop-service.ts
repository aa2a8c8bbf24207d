import { Emitter } from '../base/emitter.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { DetectedAgent } from '../ports/agent-provider.ts';
import type { FileChange as GitChange } from '../ports/worktrees.ts';
import type { Choices, Chosen } from '../ports/choices.ts';
import type { OpenOwnedContainers } from '../ports/owned-containers.ts';
import type { LoopStorage } from '../ports/loop-storage.ts';
import type { DiscoveredCommand } from '../ports/evidence-runner.ts';
import { createShells } from './agents/open-shell.ts';
import { archiveOld } from './archive-old.ts';
import { createHomeService } from './bring-home/create-home-service.ts';
import { createCalibratedChanges } from './calibration/calibrated-changes.ts';
import { cleanUp } from './clean-up.ts';
import { failingChecks } from './failing-checks.ts';
import { dryRun, type DryRunDeps } from './dry-run.ts';
import { exportPatch, exportRecord } from './export-loop.ts';
import { followLoop } from './follow-loop.ts';
import { inheritFrom } from './continuation.ts';
import { liveHandle, publicHistory } from './live-handle.ts';
import { createLoopViews, type LoopViews } from './loop-views.ts';
import { LiveLoops, type Notify } from './live-loops.ts';
import type { LoopDeps } from './loop-deps.ts';
import { fail } from './loop-error.ts';
import type { FileChange, LoopError, LoopHandle, LoopService, StartPlan } from './loop-service.ts';
import { createSteering } from './steering.ts';
import { createQueueing } from './queueing.ts';
import { createObservers } from './observers.ts';
import { planStart, proposedInstalls } from './plan-start.ts';
import { DEFAULT_IMAGE } from '../domain/containers/plan.ts';
import type { ContainerOffer } from '../domain/containers/offer.ts';
import type { LoopState } from '../domain/loop/state.ts';
import type { LoopView } from './projections/loop-view.ts';
import { stateAtEndOf } from './projections/past-iteration.ts';
import { toLoopView } from './projections/to-loop-view.ts';
import { tidyEnded } from './recovery/recover-loop.ts';
import { createLoopReview } from './review/create-loop-review.ts';
import { proposeSplit } from './split/propose-split.ts';
import type { HasKey } from './routing/missing-key.ts';
import { startLoop } from './start-loop.ts';
import { worktreesOf } from './loop-worktrees.ts';
import { createWorktreeRemoval } from './remove-worktree.ts';
import { readLoop } from './stored-loop.ts';
import { createThrottle } from './throttle.ts';

export interface LoopServiceDeps extends Omit<LoopDeps, 'isObserved'>, DryRunDeps {
  readonly storage: LoopStorage;
  readonly discoverEvidence: (folder: string) => Promise<readonly DiscoveredCommand[]>;
  /** What the lockfiles of a checkout ask for; none where it has a set-up script of its own. */
  readonly discoverInstalls: (folder: string) => Promise<readonly string[]>;
  readonly choices: Choices;
  readonly ownedContainers: OpenOwnedContainers;
  /** Whether containers of this image can be had now. */
  readonly containerOffer: (image: string) => Promise<ContainerOffer>;
  readonly detectAgents: () => Promise<readonly DetectedAgent[]>;
  /** Whether the key of a provider is there, by the name of its variable. */
  readonly hasProviderKey: HasKey;
  /** How many agents this machine carries at once, from cores and free memory. */
  readonly parallelAgents: () => number;
  /** True when agents run one at a time whatever else was said; everything else stays as it is. */
  readonly sequential: boolean;
}

const CHANGE_INTERVAL_MS = 100;

/** The use cases of one repository's loops in one process. */
export function createLoopService(services: LoopServiceDeps): LoopService {
  const observers = createObservers();
  const deps = { ...services, isObserved: observers.isObserved };
  const changes = new Emitter<LoopView>();
  const figures = createCalibratedChanges(deps, changes, (taskId) => views.view(taskId));
  const throttle = createThrottle<() => LoopView>(CHANGE_INTERVAL_MS, deps.clock, (view) =>
    figures.fire(views.noted(view())),
  );
  const notify: Notify = (taskId, view) => throttle.push(taskId, view);
  const live = new LiveLoops(deps, notify);
  const views = createLoopViews(deps, live, figures.marked);
  const resume = createResume(deps, live, notify);
  const tidying = createTidying(deps);
  const shells = shellsOf(deps, live);

  return {
    ...planningOf(deps),
    start: async (plan: StartPlan) => {
      const started = await startLoop({
        deps,
        plan,
        onChange: (loop) => notify(plan.taskId, loop.view),
        answer: (command) => live.answer(plan.taskId, command),
      });
      if (!started.ok) return started;
      tidying.begin(plan.request.archiveAfterDays);
      return ok(liveHandle(live.add(started.value)));
    },
    resume,
    left: () => deps.store.left(),
    follow: createFollow(deps, live, notify),
    ...createQueueing(deps, views),
    ...createSteering({ deps, live, resume, view: views.view }),
    failingChecks: (request) => failingChecks(deps, request),
    proposeSplit: (request) => proposeSplit(deps, request),
    cleanUp: (request) => cleanUp(deps, request),
    list: views.list,
    view: views.view,
    viewOf: (taskId, iteration) => viewOfIteration(deps, live, taskId, iteration),
    rename: views.rename,
    archive: views.archive,
    ...recordOf(deps),
    ...changesOf(deps, views),
    review: createLoopReview(deps),
    ...worktreesOf(deps),
    ...createWorktreeRemoval({
      ...deps,
      stateOfLive: (taskId) => live.get(taskId)?.session.state ?? null,
      view: views.view,
      note: async (taskId, agentId, removed) => {
        const noted = await views.noteRemoved(taskId, agentId, removed);
        if (noted.ok) figures.fire(noted.value);
        return noted;
      },
    }),
    calibration: figures.calibration,
    home: createHomeService({
      ...deps,
      note: async (taskId, home) => {
        const noted = await views.noteHome(taskId, home);
        if (noted.ok) figures.fire(noted.value);
        return noted;
      },
    }),
    onChange: changes.event,
    onStoreHealth: storeHealth(deps),
    observe: observers.observe,
    openShell: shells.openShell,
    agents: deps.detectAgents,
    dispose: async () => {
      await shells.end();
      await live.detachAll();
      await tidying.end();
      throttle.dispose();
      changes.dispose();
      deps.repository.close();
    },
  };
}

/** What is known of a loop before it is started. */
function planningOf(
  deps: LoopServiceDeps,
): Pick<LoopService, 'plan' | 'dryRun' | 'installs' | 'rememberSetUp' | 'codePlace' | 'rememberCodePlace'> {
  const remember = async (choice: Partial<Chosen>): Promise<Result<void, LoopError>> => {
    try {
      return ok(await deps.choices.remember(choice));
    } catch (error) {
      return fail('internal', `The choice could not be remembered: ${String(error)}`);
    }
  };
  return {
    plan: (request) => planStart(deps, request),
    dryRun: (plan) => dryRun(deps, plan),
    installs: () => proposedInstalls(deps),
    rememberSetUp: (setUp) => remember({ setUp }),
    codePlace: async (image = DEFAULT_IMAGE) => ({
      chosen: (await deps.choices.read()).codePlace,
      engine: await deps.containerOffer(image),
    }),
    rememberCodePlace: (codePlace) => remember({ codePlace }),
  };
}

const storeHealth =
  ({ coordination }: LoopServiceDeps): NonNullable<LoopService['onStoreHealth']> =>
  (listener) => {
    const tell = (): void => listener(coordination.health());
    const listening = [coordination.onLost(tell), coordination.onRestored(tell)];
    return { dispose: () => listening.forEach((one) => one.dispose()) };
  };

const DAY_MS = 86_400_000;

/** Old loops are archived beside the work of a new one, by one process at a time, and once in each process. */
function createTidying(deps: LoopServiceDeps) {
  const controller = new AbortController();
  let running: Promise<unknown> | null = null;
  return {
    begin(days: number): void {
      const { signal } = controller;
      running ??= archiveOld(deps, { olderThanMs: days * DAY_MS, signal }).catch((error: unknown) =>
        deps.logger.warn(`Old loops could not be archived: ${String(error)}`),
      );
    },
    async end(): Promise<void> {
      controller.abort();
      await running;
    },
  };
}

/** Takes up what nobody holds; follows what another process holds; shows what has ended. */
function createResume(
  deps: LoopDeps,
  live: LiveLoops,
  notify: Notify,
): (taskId: string) => Promise<Result<LoopHandle, LoopError>> {
  return async (taskId) => {
    const mine = live.get(taskId);
    if (mine) return ok(liveHandle(mine));
    const stored = await readLoop(deps.store, taskId);
    if (!stored.ok) return stored;
    const follow = () => ok(followLoop(deps, stored.value, (view) => notify(taskId, view)));
    if (stored.value.state.phase.kind === 'finished') {
      await tidyEnded(deps, stored.value);
      return follow();
    }
    const taken = await live.takeUp(stored.value, 'run');
    if (!taken.ok) return taken.error === 'held' ? follow() : err(taken.error);
    return ok(liveHandle(taken.value, await taken.value.goOn()));
  };
}

/** Follows a loop that another process holds now. */
const createFollow =
  (deps: LoopDeps, live: LiveLoops, notify: Notify): LoopService['follow'] =>
  async (taskId) => {
    if (live.get(taskId) || !(await deps.store.held(taskId))) return ok(null);
    const stored = await readLoop(deps.store, taskId);
    return stored.ok ? ok(followLoop(deps, stored.value, (view) => notify(taskId, view))) : stored;
  };

/** Read from the journal where this process does not run the loop: a kept view holds the last iteration alone. */
async function viewOfIteration(
  deps: LoopDeps,
  live: LiveLoops,
  taskId: string,
  iteration: number,
): Promise<Result<LoopView, LoopError>> {
  const stored = await stateOf(deps, live, taskId);
  if (!stored.ok) return stored;
  const past = stateAtEndOf(stored.value, iteration);
  return past ? ok(toLoopView(past)) : fail('input', `${taskId} has no iteration ${iteration}.`);
}

const shellsOf = (deps: LoopDeps, live: LiveLoops) =>
  createShells({
    openEngine: deps.openEngine,
    owner: deps.repository.facts.id,
    configOf: async (taskId) => {
      const state = await stateOf(deps, live, taskId);
      return state.ok ? ok(state.value.config) : state;
    },
  });

async function stateOf(
  deps: LoopDeps,
  live: LiveLoops,
  taskId: string,
): Promise<Result<LoopState, LoopError>> {
  const mine = live.get(taskId);
  if (mine) return ok(mine.session.state);
  const stored = await readLoop(deps.store, taskId);
  return stored.ok ? ok(stored.value.state) : stored;
}

/** What is read from a loop's journal, whoever runs it. */
function recordOf(deps: LoopDeps): Pick<LoopService, 'history' | 'exportPatch' | 'exportRecord' | 'inherit'> {
  return {
    history: async (taskId) => {
      const stored = await readLoop(deps.store, taskId);
      return stored.ok ? ok(publicHistory(stored.value.events)) : stored;
    },
    exportPatch: (taskId, request) => exportPatch(deps, taskId, request),
    exportRecord: (taskId) => exportRecord(deps, taskId),
    inherit: (taskId) => inheritFrom(deps, taskId),
  };
}

/** Changed files, straight from git objects. */
function changesOf(deps: LoopDeps, views: LoopViews): Pick<LoopService, 'changes'> {
  return {
    changes: async (taskId, commit, since = 'base') => {
      const view = await views.view(taskId);
      if (!view.ok) return view;
      const to = commit ?? view.value.commit;
      if (!to) return ok([]);
      const { baseCommit, continues } = view.value;
      const from = since === 'first-base' ? (continues?.firstBase ?? baseCommit) : baseCommit;
      const changes = await deps.repository.changes(from, to);
      if (!changes.ok) return fail('internal', changes.error.message);
      return ok(changes.value.map(({ path, status }) => ({ path, status: shownStatus(status) })));
    },
  };
}

const shownStatus = (status: GitChange['status']): FileChange['status'] =>
  status === 'added' || status === 'deleted' ? status : 'modified';

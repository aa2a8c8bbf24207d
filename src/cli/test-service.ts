import { createTestHome } from '../app/bring-home/test-home.ts';
import type { CleanUpReport, CleanUpRequest } from '../app/clean-up.ts';
import type { Core } from '../app/core.ts';
import { fail } from '../app/loop-error.ts';
import type { LoopError, LoopHandle, LoopService, ProposedInstalls, StartPlan } from '../app/loop-service.ts';
import type { Monitoring } from '../app/monitoring.ts';
import type { LoopView } from '../app/projections/loop-view.ts';
import type { StartRequest } from '../app/start-request.ts';
import type { Steps } from '../app/steps.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { CodePlace } from '../domain/loop/model.ts';
import { SHIPPED_ROUTES } from '../domain/agents/seed-routes.ts';
import type { DetectedAgent } from '../ports/agent-provider.ts';
import { createTestLoop, type TestLoop } from './test-loop.ts';
import { createTestProcess, type TestProcessOptions } from './test-process.ts';

export interface TestWorldOptions extends TestProcessOptions {
  readonly loops?: readonly TestLoop[];
  /** What comparing the installed CLIs with their presets gives. */
  readonly verified?: Awaited<ReturnType<Core['verifyAgents']>>;
  readonly found?: readonly string[];
  readonly routing?: Partial<Core['routing']>;
  readonly mcpServers?: Partial<Core['mcpServers']>;
  readonly images?: Core['images'];
  readonly installs?: ProposedInstalls;
  /** What was chosen before; a machine where nothing is said. */
  readonly codePlace?: CodePlace | null;
  /** Called when a loop was started, with the loop that `start` returned. */
  readonly onStart?: (loop: TestLoop) => void;
  readonly service?: Partial<LoopService>;
  readonly refuseRepository?: LoopError;
  readonly monitoring?: Partial<Monitoring>;
}

/** A process with a repository whose loops are `options.loops`. */
export function createTestWorld(options: TestWorldOptions = {}) {
  const notes: TestNotes = { calls: [], requests: [] };
  return { ...createTestProcess(options, createTestCore(options, notes)), ...notes };
}

interface TestNotes {
  readonly calls: unknown[][];
  readonly requests: StartRequest[];
}

const noLoop = (taskId: string) => err<LoopError>({ kind: 'input', message: `There is no loop ${taskId}.` });

export function createTestCore(
  options: TestWorldOptions,
  { calls, requests }: TestNotes = { calls: [], requests: [] },
): Core {
  const loops = [...(options.loops ?? [])];
  const find = (taskId: string) => loops.find((loop) => loop.view.taskId === taskId);
  const viewOf = (taskId: string) => {
    const view = find(taskId)?.view;
    return Promise.resolve(view ? ok(view) : noLoop(taskId));
  };
  const known = (taskId: string) => {
    const loop = find(taskId);
    return loop ? ok(loop.handle) : noLoop(taskId);
  };
  const note = (...call: unknown[]) => {
    calls.push(call);
    return Promise.resolve(ok<void>(undefined));
  };
  const service: LoopService = {
    plan: (request) => {
      requests.push(request);
      return Promise.resolve(ok(planOf(request, options)));
    },
    installs: () => Promise.resolve(options.installs ?? null),
    rememberSetUp: (setUp) => note('rememberSetUp', setUp),
    rememberCodePlace: (place) => note('rememberCodePlace', place),
    start: (plan) => {
      const loop = createTestLoop(plan.taskId);
      loops.push(loop);
      loop.emit('LoopStarted', { mode: plan.request.mode });
      if (options.onStart) queueMicrotask(() => options.onStart?.(loop));
      return Promise.resolve(ok(loop.handle));
    },
    left: () => Promise.resolve([]),
    resume: (taskId) => {
      calls.push(['resume', taskId]);
      return Promise.resolve(known(taskId));
    },
    follow: () => Promise.resolve(ok(null)),
    decide: (taskId, request) => {
      calls.push(['decide', taskId, request]);
      find(taskId)?.goOn();
      return Promise.resolve(known(taskId));
    },
    pause: (taskId, { now }) => note('pause', taskId, now),
    unpause: (taskId) => note('unpause', taskId),
    stop: (taskId) => {
      find(taskId)?.finish('CANCELLED');
      return note('stop', taskId);
    },
    ...careCommands(note),
    addFeedback: (taskId, items) => note('addFeedback', taskId, items),
    ...testReviews(calls),
    ...testQueue({ calls, note, known, goOn: (taskId) => find(taskId)?.set({ queuedSince: null }) }),
    ...testSteps({ calls, note, known, goOn: (taskId) => find(taskId)?.goOn() }),
    history: (taskId) => Promise.resolve(known(taskId).ok ? ok(find(taskId)?.told() ?? []) : noLoop(taskId)),
    list: () => Promise.resolve(loops.map((loop) => loop.view)),
    view: viewOf,
    viewOf,
    onChange: (listener) => listenToAll(loops, listener),
    ...aroundLoops(calls, find),
    ...QUIET,
    ...options.service,
  };
  return {
    openRepository: (folder) => {
      calls.push(['openRepository', folder]);
      return Promise.resolve(options.refuseRepository ? err(options.refuseRepository) : ok(service));
    },
    monitoring: () => Promise.resolve(createTestMonitoring(options.monitoring)),
    ...NO_STORE,
    agents: () => Promise.resolve(agentsOf(options.found)),
    verifyAgents: () => Promise.resolve(options.verified ?? ok([])),
    ...noAgents(options),
    dispose: () => {
      calls.push(['dispose']);
      return Promise.resolve();
    },
  };
}

interface StepsNotes {
  readonly calls: unknown[][];
  readonly note: (...call: unknown[]) => Promise<Result<void, LoopError>>;
  readonly known: (taskId: string) => Result<LoopHandle, LoopError>;
  readonly goOn: (taskId: string) => void;
}

function testReviews(calls: unknown[][]): Pick<LoopService, 'sendReview' | 'threads'> {
  return {
    sendReview: (taskId, review) => {
      calls.push(['sendReview', taskId, review]);
      return Promise.resolve(ok({ toldIn: 2 }));
    },
    threads: () => Promise.resolve(ok([])),
  };
}

function testQueue({
  calls,
  note,
  known,
  goOn,
}: StepsNotes): Pick<LoopService, 'queue' | 'moveInQueue' | 'startNow'> {
  return {
    queue: () => Promise.resolve([]),
    moveInQueue: (taskId, position) => note('moveInQueue', taskId, position),
    startNow: (taskId) => {
      calls.push(['startNow', taskId]);
      goOn(taskId);
      return Promise.resolve(known(taskId));
    },
  };
}

function testSteps({ calls, note, known, goOn }: StepsNotes): Steps {
  return {
    setBreakpoints: (taskId, points) => note('setBreakpoints', taskId, points),
    release: (taskId, edited) => {
      calls.push(['release', taskId, edited]);
      goOn(taskId);
      return Promise.resolve(known(taskId));
    },
    handOver: (taskId, { point, iteration = 1 }) => {
      const loop = known(taskId);
      return Promise.resolve(
        loop.ok ? ok({ point, iteration, parts: [], prompts: [], editable: null }) : loop,
      );
    },
    changeThresholds: (taskId, thresholds) => note('changeThresholds', taskId, thresholds),
    retryAgent: (taskId, agentId, given) => note('retryAgent', taskId, agentId, given),
  };
}

/** What is done with loops beside running them. */
function aroundLoops(
  calls: unknown[][],
  find: (taskId: string) => TestLoop | undefined,
): Pick<
  LoopService,
  | 'cleanUp'
  | 'worktrees'
  | 'rescue'
  | 'removeWorktree'
  | 'restoreWorktree'
  | 'worktreeFaults'
  | 'repairWorktrees'
  | 'exportPatch'
  | 'exportRecord'
  | 'inherit'
  | 'rename'
  | 'archive'
  | 'dryRun'
  | 'home'
> {
  const refused = () => Promise.resolve(err<LoopError>({ kind: 'state', message: 'not in this test.' }));
  const noted = (taskId: string, change: Partial<LoopView>) => {
    calls.push(['note', taskId, change]);
    const loop = find(taskId);
    loop?.set(change);
    return loop ? Promise.resolve(ok(loop.view)) : refused();
  };
  return {
    worktrees: () => Promise.resolve(ok([])),
    worktreeFaults: () => Promise.resolve(ok([])),
    repairWorktrees: () => Promise.resolve(ok([])),
    rescue: () => Promise.resolve(ok(null)),
    removeWorktree: refused,
    restoreWorktree: refused,
    cleanUp: (request) => {
      calls.push(['cleanUp', request]);
      return Promise.resolve(ok(emptyReport(request)));
    },
    exportPatch: refused,
    exportRecord: refused,
    inherit: refused,
    dryRun: refused,
    home: createTestHome(),
    rename: (taskId, title) => noted(taskId, { title }),
    archive: (taskId, archived) => noted(taskId, { archived }),
  };
}

/** All is well, unless something else is said. */
function createTestMonitoring(overrides: Partial<Monitoring> = {}): Monitoring {
  const nothing = () => Promise.resolve(err<LoopError>({ kind: 'input', message: 'nothing in this test.' }));
  return {
    examine: () => Promise.resolve({ errors: 0, warnings: 0, checks: [] }),
    summary: () =>
      Promise.resolve({
        store: 'answers',
        latencyMs: 0.2,
        indexExists: true,
        healthy: true,
        state: 'healthy',
        message: 'All is well.',
      }),
    fix: () => Promise.resolve(ok('done')),
    metrics: nothing,
    query: nothing,
    compliance: nothing,
    keys: nothing,
    logTail: () => Promise.resolve([]),
    ...overrides,
  };
}

const planOf = (request: StartRequest, { installs, codePlace = 'machine' }: TestWorldOptions): StartPlan => ({
  request,
  taskId: request.taskId ?? 'fix-login',
  evidenceCommands: [],
  attachments: [],
  installs: installs ?? null,
  codePlace: { flag: null, remembered: codePlace },
  maxAgentRuns: request.maxAgentRuns,
  maxParallelAgents: 2,
  summary: `At most ${request.maxAgentRuns} agent runs, 2 at a time.`,
});

const QUIET: Pick<
  LoopService,
  'calibration' | 'ownEdits' | 'observe' | 'agents' | 'dispose' | 'codePlace' | 'openShell'
> = {
  openShell: () => Promise.resolve(fail('state', 'It does not run in a container.')),
  codePlace: () =>
    Promise.resolve({ chosen: 'machine', engine: { kind: 'missing', why: 'no engine answers' } }),
  calibration: () => Promise.resolve(ok([])),
  ownEdits: () => Promise.resolve(),
  observe: () => ({ dispose: () => undefined }),
  agents: () => Promise.resolve([]),
  dispose: () => Promise.resolve(),
};

const careCommands = (
  note: (...call: unknown[]) => ReturnType<LoopService['nudge']>,
): Pick<LoopService, 'nudge' | 'stopAgent' | 'leaveAgent' | 'answerQuestion'> => ({
  nudge: (...said) => note('nudge', ...said),
  stopAgent: (...which) => note('stopAgent', ...which),
  leaveAgent: (...which) => note('leaveAgent', ...which),
  answerQuestion: (...said) => note('answerQuestion', ...said),
});

const emptyReport = ({ remove }: CleanUpRequest): CleanUpReport => ({
  removed: remove,
  loops: [],
  artifacts: [],
  containers: [],
  bytes: 0,
});

function listenToAll(loops: readonly TestLoop[], listener: (view: LoopView) => void) {
  const subscriptions = loops.map((loop) => loop.onView(listener));
  return { dispose: () => subscriptions.forEach((one) => one.dispose()) };
}

const agentsOf = (found: readonly string[] = []) =>
  ['claude', 'codex', 'pi', 'demo'].map((id) => detected(id, found.includes(id)));

const noStore = () =>
  Promise.resolve(err({ kind: 'input', message: 'there is no store in this test.' } as const));
const noAgents = ({
  routing,
  mcpServers,
  images,
}: TestWorldOptions): Pick<Core, 'tryAgent' | 'profiles' | 'routing' | 'mcpServers' | 'images'> => ({
  images: images ?? (() => Promise.resolve(err('There is no engine in this test.'))),
  mcpServers: {
    standings: () => Promise.resolve(ok([])),
    check: () => Promise.resolve(ok([])),
    installPlan: (id) => Promise.resolve(err(`There is no server ${id}.`)),
    install: () => Promise.resolve(ok(undefined)),
    forSkills: () => Promise.resolve(ok({ launches: [], secrets: {}, missing: [] })),
    ...mcpServers,
  },
  routing: {
    routes: () => Promise.resolve(ok(SHIPPED_ROUTES)),
    standings: () => Promise.resolve(ok([])),
    probe: () => Promise.resolve(ok([])),
    ...routing,
  },
  tryAgent: () => Promise.resolve(err('Nothing is tried here.')),
  profiles: () => Promise.resolve([]),
});

const NO_STORE = {
  coordinationUrl: noStore,
  browseKeys: noStore,
  glanceAtStore: noStore,
  accounts: () => Promise.resolve([]),
  today: () => Promise.resolve(null),
  signedIn: () => Promise.resolve([]),
};

function detected(id: string, found: boolean): DetectedAgent {
  return {
    id,
    title: id,
    path: found ? `/bin/${id}` : null,
    version: found ? '1.0.0' : null,
    verified: null,
    capabilities: { resume: true, usage: true, cost: false, channels: ['command', 'file', 'message'] },
  };
}

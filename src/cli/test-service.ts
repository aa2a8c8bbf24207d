import { deferred } from '../base/deferred.ts';
import { PassThrough, Writable } from 'node:stream';
import type { CleanUpReport, CleanUpRequest } from '../app/clean-up.ts';
import type { Core } from '../app/core.ts';
import type {
  LoopEnd,
  LoopError,
  LoopHandle,
  LoopService,
  ProposedInstalls,
  StartPlan,
} from '../app/loop-service.ts';
import type { Monitoring } from '../app/monitoring.ts';
import type { AgentView, LoopView } from '../app/projections/loop-view.ts';
import type { StartRequest } from '../app/start-request.ts';
import type { Steps } from '../app/steps.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Outcome } from '../domain/loop/model.ts';
import type { DetectedAgent } from '../ports/agent-provider.ts';
import type { CliContext, InterruptSignal } from './context.ts';

/** In-memory loops for tests of the verbs: events are put in by hand, calls are noted. */
export function createTestLoop(taskId = 'fix-login', overrides: Partial<LoopView> = {}) {
  const events: Record<string, unknown>[] = [];
  const listeners = new Set<(event: Record<string, unknown>) => void>();
  let view: LoopView = { ...emptyView(taskId), ...overrides };
  const changes = new Set<() => void>();
  const { promise: followed, resolve: onFollowed } = deferred<void>();
  const set = (change: Partial<LoopView>) => {
    view = { ...view, ...change };
    for (const changed of Array.from(changes)) changed();
  };
  const emit = (type: string, fields: Record<string, unknown> = {}) => {
    const event = {
      type,
      taskId,
      iteration: view.iteration,
      at: new Date().toISOString(),
      correlation: `${type}:iter-${view.iteration}:1`,
      ...fields,
    };
    events.push(event);
    for (const listener of Array.from(listeners)) listener(event);
  };
  const endOf = (keepWaiting: boolean): LoopEnd | null => {
    if (view.outcome) return { kind: 'finished', outcome: view.outcome };
    return view.waiting && !keepWaiting ? { kind: 'waiting', view } : null;
  };
  const handle: LoopHandle = {
    taskId,
    view: () => view,
    onPublicEvent: (listener, options) => {
      if (options?.replay) for (const event of events) listener(event);
      listeners.add(listener);
      onFollowed();
      return { dispose: () => listeners.delete(listener) };
    },
    ended: ({ keepWaiting }) =>
      new Promise((resolve) => {
        const settle = () => {
          const end = endOf(keepWaiting);
          if (!end) return;
          changes.delete(settle);
          resolve(end);
        };
        changes.add(settle);
        settle();
      }),
  };
  return {
    handle,
    /** Resolves once somebody listens to the events. */
    followed,
    set,
    emit,
    told: () => Array.from(events),
    finish: (outcome: Outcome) => {
      emit('LoopFinished', { outcome, iterations: 1, branch: null, commit: null, stopReason: '' });
      set({ outcome, step: 'done', waiting: null });
    },
    wait: () => {
      emit('LoopWaiting', { for: 'decision' });
      set({ waiting: { for: 'decision', since: 0, message: 'The product owner is a person.' } });
    },
    goOn: () => {
      emit('LoopResumed', { for: 'decision' });
      set({ waiting: null });
    },
    onView: (listener: (view: LoopView) => void) => {
      const changed = () => listener(view);
      changes.add(changed);
      return { dispose: () => changes.delete(changed) };
    },
    get view() {
      return view;
    },
  };
}
export type TestLoop = ReturnType<typeof createTestLoop>;

export interface TestWorldOptions {
  readonly loops?: readonly TestLoop[];
  /** What comparing the installed CLIs with their presets gives. */
  readonly verified?: Awaited<ReturnType<Core['verifyAgents']>>;
  readonly found?: readonly string[];
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly terminal?: boolean;
  readonly installs?: ProposedInstalls;
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

export function createTestCore(
  options: TestWorldOptions,
  { calls, requests }: TestNotes = { calls: [], requests: [] },
): Core {
  const loops = [...(options.loops ?? [])];
  const find = (taskId: string) => loops.find((loop) => loop.view.taskId === taskId);
  const noLoop = (taskId: string) =>
    err<LoopError>({ kind: 'input', message: `There is no loop ${taskId}.` });
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
      return Promise.resolve(ok(planOf(request, options.installs ?? null)));
    },
    installs: () => Promise.resolve(options.installs ?? null),
    rememberSetUp: (setUp) => note('rememberSetUp', setUp),
    start: (plan) => {
      const loop = createTestLoop(plan.taskId);
      loops.push(loop);
      loop.emit('LoopStarted', { mode: plan.request.mode });
      if (options.onStart) queueMicrotask(() => options.onStart?.(loop));
      return Promise.resolve(ok(loop.handle));
    },
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
    profiles: () => Promise.resolve([]),
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
  'cleanUp' | 'worktrees' | 'exportPatch' | 'exportRecord' | 'inherit' | 'rename' | 'archive' | 'dryRun'
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
    cleanUp: (request) => {
      calls.push(['cleanUp', request]);
      return Promise.resolve(ok(emptyReport(request)));
    },
    exportPatch: refused,
    exportRecord: refused,
    inherit: refused,
    dryRun: refused,
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

const planOf = (request: StartRequest, installs: ProposedInstalls | null): StartPlan => ({
  request,
  taskId: request.taskId ?? 'fix-login',
  evidenceCommands: [],
  installs,
  maxAgentRuns: request.maxAgentRuns,
  maxParallelAgents: 2,
  summary: `At most ${request.maxAgentRuns} agent runs, 2 at a time.`,
});

const QUIET = {
  ownEdits: () => Promise.resolve(),
  observe: () => ({ dispose: () => undefined }),
  agents: () => Promise.resolve([]),
  dispose: () => Promise.resolve(),
};

const careCommands = (
  note: (...call: unknown[]) => ReturnType<LoopService['nudge']>,
): Pick<LoopService, 'nudge' | 'stopAgent' | 'leaveAgent'> => ({
  nudge: (...said) => note('nudge', ...said),
  stopAgent: (...which) => note('stopAgent', ...which),
  leaveAgent: (...which) => note('leaveAgent', ...which),
});

const emptyReport = ({ remove }: CleanUpRequest): CleanUpReport => ({
  removed: remove,
  loops: [],
  artifacts: [],
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
const NO_STORE = { coordinationUrl: noStore, browseKeys: noStore, glanceAtStore: noStore };

function createTestProcess(options: TestWorldOptions, core: Core) {
  const output = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => {
    const sink = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        output[name] += chunk;
        done();
      },
    });
    return Object.assign(sink, { isTTY: options.terminal === true, columns: 120 });
  };
  const stdin = Object.assign(new PassThrough(), { isTTY: options.terminal === true });
  const signals = new Set<(signal: InterruptSignal) => void>();
  const left: number[] = [];
  const context: CliContext = {
    io: {
      stdin,
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      env: { HOME: '/nonexistent', TERM: 'dumb', ...options.env },
      cwd: options.cwd ?? process.cwd(),
      platform: 'linux',
    },
    programs: '/nonexistent',
    loadCore: () => Promise.resolve(core),
    loadBench: () => Promise.reject(new Error('no bench in this test')),
    openStore: () => Promise.resolve(err({ kind: 'unavailable', message: 'no store in this test' } as const)),
    onSignal: (listener) => {
      signals.add(listener);
      return { dispose: () => signals.delete(listener) };
    },
    leaveNow: (code) => left.push(code),
  };
  return {
    context,
    output,
    stdin,
    left,
    signal: (signal: InterruptSignal) => {
      for (const listener of signals) listener(signal);
    },
    /** Resolves once the output holds `text`. */
    shows: async (text: string) => {
      while (!(output.stdout + output.stderr).includes(text))
        await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function detected(id: string, found: boolean): DetectedAgent {
  return {
    id,
    title: id,
    path: found ? `/bin/${id}` : null,
    version: found ? '1.0.0' : null,
    verified: null,
    capabilities: { resume: true, usage: true, cost: false },
  };
}

/** One crew member at work. */
export function testAgent(id: string, overrides: Partial<AgentView> = {}): AgentView {
  return {
    id,
    role: 'implementer',
    preset: 'demo',
    state: 'working',
    iteration: 1,
    attempt: 1,
    worktree: null,
    branch: null,
    folder: null,
    pid: null,
    startedAt: null,
    endedAt: null,
    ending: null,
    lingered: false,
    defaulted: false,
    confidence: null,
    score: null,
    decision: null,
    summary: '',
    files: [],
    added: 0,
    removed: 0,
    usage: null,
    costUsd: null,
    status: overrides.state === 'queued' ? 'queued' : 'working',
    statusSince: null,
    facts: [],
    care: null,
    signals: null,
    ...overrides,
  };
}

function emptyView(taskId: string): LoopView {
  return {
    taskId,
    description: 'Do it',
    mode: 'standard',
    strategy: 'race',
    step: 'implement',
    iteration: 1,
    maxIterations: 10,
    startedAt: 0,
    endedAt: null,
    baseCommit: '0'.repeat(40),
    continues: null,
    continuedBy: [],
    title: null,
    archived: false,
    commit: null,
    branch: `cfn/${taskId}/result`,
    paused: false,
    waiting: null,
    agents: [],
    transferPoints: [],
    breakpoints: [],
    held: null,
    thresholds: { gate: 0.75, consensus: 0.9, next: {} },
    gate: null,
    consensus: null,
    decision: null,
    iterations: [],
    outcome: null,
    stopReason: null,
    feedback: [],
    feedbackItems: [],
    nextFeedback: [],
    recommendation: null,
    decidedBy: 'agent-then-person',
    budgetUsd: null,
    costUsd: 0,
    costIncomplete: false,
    headline: '',
  };
}

/**
 * A core that plays back loops without agents, git or a journal, so that the editor's front can be shown in any
 * state. It is put beside the real `extension.js` in a folder of its own; the product never loads it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { listProfiles } from '../../src/adapters/profiles/profile-files.ts';
import { parseWorktrees } from '../../src/adapters/git/parse.ts';
import { createTestHome } from '../../src/app/bring-home/test-home.ts';
import type { CreateCore } from '../../src/app/core.ts';
import type { HandOver } from '../../src/app/hand-overs.ts';
import type { LoopHandle, LoopService, Worktree } from '../../src/app/loop-service.ts';
import type { LoopView } from '../../src/app/projections/loop-view.ts';
import { Emitter } from '../../src/base/emitter.ts';
import { err, ok } from '../../src/base/result.ts';
import { SHIPPED_ROUTES } from '../../src/domain/agents/seed-routes.ts';
import type { CodePlace, SetUp } from '../../src/domain/loop/model.ts';
import { MODE_POLICIES } from '../../src/domain/loop/policy.ts';
import type { ContainerImages } from '../../src/ports/container-images.ts';
import { startFakeKeys, type FakeKeys } from './fake-keys.ts';
import { createFakeMonitoring } from './fake-monitoring.ts';
import { playedReview } from './played-review.ts';
import { playedShell } from './played-shell.ts';
import { agentView, loopView } from '../../src/vscode/test-views.ts';

/** The folder's `loops.json`, beside the repository, holds the views that are there at the start. */
function stored(folder: string): LoopView[] {
  const file = path.join(path.dirname(folder), 'loops.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LoopView[]) : [];
}

/** A payload that says where it belongs; good enough to be looked at and edited. */
function handOverOf(
  view: LoopView | undefined,
  { point, iteration }: { readonly point: number; readonly iteration: number },
): HandOver {
  const held = view?.held?.point === point ? view.held : null;
  const text = JSON.stringify({ passed: true, threshold: 0.75, actualConfidence: 0.92, iteration, point });
  const written = view?.transferPoints.find((each) => each.point === point);
  const part = { part: 'main', text, edited: false } as const;
  return {
    point,
    iteration,
    parts: [
      ...(written
        ? [{ ...part, key: written.key, sha256: written.sha256, verified: true, exact: true }]
        : []),
      ...(held ? [{ ...part, key: `point-${point}`, sha256: null, verified: null, exact: null }] : []),
    ],
    prompts: [],
    editable: held ? ['passed', 'reasons'] : null,
  };
}
/** Those that git really lists; the played loops made none of them. */
function worktreesOf(folder: string): Worktree[] {
  const listed = execFileSync('git', ['-C', folder, 'worktree', 'list', '--porcelain', '-z'], {
    encoding: 'utf8',
  });
  return parseWorktrees(listed).map((entry) => ({
    path: entry.path,
    branch: entry.branch?.replace('refs/heads/', '') ?? null,
    origin: entry.path === folder ? 'checkout' : 'other',
    missing: entry.prunable,
    locked: entry.locked,
    moved: null,
    portBase: null,
  }));
}

const NOT_PLAYED = err({ kind: 'state', message: 'This is not played back.' } as const);

const isPast = ({ taskId }: LoopView) => taskId.includes('@');

export const createCore: CreateCore = ({ env }) => {
  const changed = new Emitter<LoopView>();
  const views = new Map<string, LoopView>();
  const calls: unknown[] = [];
  const timers: NodeJS.Timeout[] = [];
  let setUp: SetUp | null = null;
  let codePlace: CodePlace | null = null;
  let opened = '';
  const record = (call: unknown) => {
    calls.push(call);
    if (env['CFN_FAKE_CALLS']) writeFileSync(env['CFN_FAKE_CALLS'], JSON.stringify(calls));
  };
  const handle = (taskId: string): LoopHandle => ({
    taskId,
    heldElsewhere: false,
    view: () => views.get(taskId) ?? loopView({ taskId }),
    onPublicEvent: () => ({ dispose: () => undefined }),
    ended: () => new Promise(() => undefined),
  });
  const set = (taskId: string, change: Partial<LoopView>) => {
    const before = views.get(taskId);
    if (!before) return err({ kind: 'state', message: `There is no loop ${taskId}.` } as const);
    const after = { ...before, ...change };
    views.set(taskId, after);
    changed.fire(after);
    return ok(undefined);
  };
  /** As a loop with many agents: something changes many times a second. */
  const keepBusy = () => {
    let costUsd = 0;
    const timer = setInterval(() => {
      costUsd += 0.01;
      for (const taskId of views.keys()) set(taskId, { costUsd });
    }, 40);
    timers.push(timer);
  };
  const service: LoopService = {
    plan: (request) => {
      record(['plan', request]);
      const taskId = 'fake-1';
      return Promise.resolve(
        ok({
          request,
          taskId,
          evidenceCommands: ['npm test'],
          attachments: request.attach.map(({ path: file }, index) => ({
            name: path.basename(file),
            file: `${index + 1}-file`,
            bytes: 7,
            kind: 'text' as const,
            sha256: 'a'.repeat(64),
          })),
          installs: { commands: ['npm ci'], chosen: setUp },
          codePlace: { flag: null, remembered: codePlace },
          maxAgentRuns: 40,
          maxParallelAgents: 2,
          summary: 'At most 40 agent runs, 2 at a time.',
        }),
      );
    },
    installs: () => Promise.resolve({ commands: ['npm ci'], chosen: setUp }),
    rememberSetUp: (chosen) => {
      record(['rememberSetUp', chosen]);
      setUp = chosen;
      return Promise.resolve(ok(undefined));
    },
    codePlace: () =>
      Promise.resolve({ chosen: codePlace, engine: { kind: 'missing', why: 'no engine answers' } }),
    rememberCodePlace: (chosen) => {
      record(['rememberCodePlace', chosen]);
      codePlace = chosen;
      return Promise.resolve(ok(undefined));
    },
    start: (plan) => {
      record(['start', plan.taskId, plan.request]);
      const { request } = plan;
      const view = loopView({
        taskId: plan.taskId,
        description: request.description,
        mode: request.mode,
        startedAt: Date.now(),
        queuedSince: request.queued ? Date.now() : null,
        maxIterations: MODE_POLICIES[request.mode].maxIterations,
        agents: request.crew.map((member) =>
          agentView({
            id: member.id,
            role: member.role,
            state: member.role === 'implementer' ? 'working' : 'queued',
            startedAt: member.role === 'implementer' ? Date.now() : null,
          }),
        ),
      });
      views.set(plan.taskId, view);
      changed.fire(view);
      return Promise.resolve(ok(handle(plan.taskId)));
    },
    resume: (taskId) => Promise.resolve(ok(handle(taskId))),
    left: () => Promise.resolve([]),
    openShell: (taskId, agentId, request) => {
      const agent = views.get(taskId)?.agents.find(({ id }) => id === agentId);
      if (agent?.signals?.container?.state !== 'running')
        return Promise.resolve(err({ kind: 'state', message: `The container of ${agentId} is gone.` }));
      return Promise.resolve(ok(playedShell(agentId, request, () => record(['endShell', agentId]))));
    },
    follow: () => Promise.resolve(ok(null)),
    decide: (taskId, request) => {
      record(['decide', taskId, request]);
      const { iteration = 1 } = views.get(taskId) ?? {};
      const decision = {
        decision: request.decision,
        by: 'person',
        reason: request.reason ?? '',
        at: Date.now(),
        iteration,
      };
      const outcome = request.decision === 'PROCEED' ? 'PROCEED' : 'ABORT';
      const ended = { outcome, step: 'done', endedAt: Date.now() } as const;
      set(taskId, { waiting: null, decision, ...(request.decision === 'ITERATE' ? {} : ended) });
      return Promise.resolve(ok(handle(taskId)));
    },
    pause: (taskId) => Promise.resolve(set(taskId, { paused: true })),
    unpause: (taskId) => Promise.resolve(set(taskId, { paused: false })),
    stop: (taskId) => {
      record(['stop', taskId]);
      return Promise.resolve(set(taskId, { outcome: 'CANCELLED', step: 'done', endedAt: Date.now() }));
    },
    queue: () =>
      Promise.resolve(
        [...views.values()].flatMap(({ taskId, queuedSince }) =>
          queuedSince === null
            ? []
            : [
                {
                  taskId,
                  repository: { id: 'sample', root: '/sample' },
                  since: queuedSince,
                  attended: true,
                  here: true,
                },
              ],
        ),
      ),
    moveInQueue: (...move) => {
      record(['moveInQueue', ...move]);
      return Promise.resolve(ok(undefined));
    },
    startNow: (taskId) => {
      record(['startNow', taskId]);
      set(taskId, { queuedSince: null });
      return Promise.resolve(ok(handle(taskId)));
    },
    addFeedback: (taskId, items) => Promise.resolve(set(taskId, { feedback: items })),
    sendReview: () => Promise.resolve(ok({ toldIn: 2 })),
    threads: () => Promise.resolve(ok([])),
    setBreakpoints: (taskId, breakpoints) => {
      record(['setBreakpoints', taskId, breakpoints]);
      return Promise.resolve(set(taskId, { breakpoints }));
    },
    release: (taskId, edited) => {
      record(['release', taskId, edited]);
      set(taskId, { held: null, waiting: null });
      return Promise.resolve(ok(handle(taskId)));
    },
    handOver: (taskId, { point, iteration = 1 }) =>
      Promise.resolve(ok(handOverOf(views.get(taskId), { point, iteration }))),
    changeThresholds: (taskId, { gate, consensus, maxIterations }) => {
      record(['changeThresholds', taskId, { gate, consensus, maxIterations }]);
      return Promise.resolve(set(taskId, maxIterations === undefined ? {} : { maxIterations }));
    },
    retryAgent: (taskId, agentId, given) => {
      record(['retryAgent', taskId, agentId, given]);
      return Promise.resolve(ok(undefined));
    },
    ownEdits: (taskIds, paths) => {
      record(['ownEdits', taskIds, paths]);
      return Promise.resolve();
    },
    proposeSplit: ({ description, count }) => {
      record(['proposeSplit', description, count]);
      const parts = ['The page', 'The API'].map((task) => ({ task, files: [`${task}/**`] }));
      return Promise.resolve(ok({ parts, marks: [], costUsd: null }));
    },
    failingChecks: (request) => {
      record(['failingChecks', request.commands]);
      const message = 'Expected 3, received -1';
      return Promise.resolve(ok([{ command: 'npm test', id: 'sum.test.js > adds', message }]));
    },
    changes: () =>
      Promise.resolve(
        ok([
          { path: 'src/auth/jwt.ts', status: 'added' },
          { path: 'README.md', status: 'modified' },
        ]),
      ),
    review: playedReview,
    worktrees: () => Promise.resolve(ok(worktreesOf(opened))),
    worktreeFaults: () => Promise.resolve(ok([])),
    repairWorktrees: () => Promise.resolve(ok([])),
    rescue: (...which) => {
      record(['rescue', ...which]);
      return Promise.resolve(
        ok({ commit: 'c0ffee'.padEnd(40, '0'), ref: `refs/cfn/rescue/${which.join('/')}/c0ffee` }),
      );
    },
    removeWorktree: () => Promise.resolve(NOT_PLAYED),
    restoreWorktree: () => Promise.resolve(NOT_PLAYED),
    cleanUp: (request) => {
      record(['cleanUp', request]);
      return Promise.resolve(
        ok({ removed: request.remove, loops: [], artifacts: [], containers: [], bytes: 0 }),
      );
    },
    history: () => Promise.resolve(ok([])),
    list: () => Promise.resolve([...views.values()].filter((view) => !isPast(view))),
    exportPatch: () => Promise.resolve(NOT_PLAYED),
    exportRecord: () => Promise.resolve(NOT_PLAYED),
    inherit: () => Promise.resolve(NOT_PLAYED),
    dryRun: () => Promise.resolve(NOT_PLAYED),
    calibration: () => Promise.resolve(ok([])),
    home: createTestHome(),
    rename: () => Promise.resolve(NOT_PLAYED),
    archive: () => Promise.resolve(NOT_PLAYED),
    view: (taskId) => {
      const view = views.get(taskId);
      return Promise.resolve(view ? ok(view) : err({ kind: 'state', message: `No loop ${taskId}` } as const));
    },
    // An iteration that is over stands beside its loop, under a name of its own.
    viewOf: (taskId, iteration) => {
      const view = views.get(`${taskId}@${iteration}`);
      return Promise.resolve(
        view
          ? ok({ ...view, taskId })
          : err({ kind: 'input', message: `${taskId} has no iteration ${iteration}.` } as const),
      );
    },
    onChange: changed.event,
    observe: () => ({ dispose: () => undefined }),
    nudge: (...said) => {
      record(['nudge', ...said]);
      return Promise.resolve(ok(undefined));
    },
    stopAgent: (...which) => {
      record(['stopAgent', ...which]);
      return Promise.resolve(ok(undefined));
    },
    leaveAgent: (...which) => {
      record(['leaveAgent', ...which]);
      return Promise.resolve(ok(undefined));
    },
    answerQuestion: (...said) => {
      record(['answerQuestion', ...said]);
      return Promise.resolve(ok(undefined));
    },
    agents: () => Promise.resolve([]),
    dispose: () => {
      for (const timer of timers) clearInterval(timer);
      return Promise.resolve();
    },
  };
  const monitoring = createFakeMonitoring(record);
  let keys: Promise<FakeKeys> | null = null;
  return Promise.resolve({
    openRepository: async (folder) => {
      await new Promise((resolve) => setTimeout(resolve, Number(env['CFN_FAKE_SLOW_MS'] ?? 0)));
      record(['openRepository', folder]);
      opened = folder;
      for (const view of stored(folder)) views.set(view.taskId, view);
      if (env['CFN_FAKE_BUSY']) keepBusy();
      return existsSync(path.join(folder, '.git'))
        ? ok(service)
        : err({
            kind: 'input',
            message: `${folder} is not in a git repository; run git init first.`,
          } as const);
    },
    agents: () =>
      Promise.resolve([
        {
          id: 'claude',
          title: 'Claude Code',
          path: '/usr/local/bin/claude',
          version: '2.1.8',
          verified: null,
          capabilities: { resume: true, usage: true, cost: true, channels: ['command', 'file', 'message'] },
        },
        {
          id: 'codex',
          title: 'Codex',
          path: null,
          version: null,
          verified: null,
          capabilities: { resume: true, usage: true, cost: false, channels: ['command', 'file', 'message'] },
        },
        {
          id: 'demo',
          title: 'Demo',
          path: null,
          version: null,
          verified: null,
          capabilities: {
            resume: false,
            usage: false,
            cost: false,
            channels: ['command', 'file', 'message'],
          },
        },
      ]),
    accounts: () => Promise.resolve([]),
    today: () => Promise.resolve(null),
    signedIn: () => Promise.resolve([]),
    verifyAgents: () =>
      Promise.resolve(
        ok([
          {
            id: 'claude',
            path: '/usr/local/bin/claude',
            version: '2.1.8',
            verified: { from: '2.1.329', to: '2.1.331' },
            status: 'other-version',
            missingFlags: [],
            message: 'claude 2.1.8 is older than 2.1.329, with which the preset was verified <b>.',
          },
        ]),
      ),
    tryAgent: (preset) => {
      record(['tryAgent', preset]);
      const message = `${preset} did a small task and reported it with confidence 0.90.`;
      return Promise.resolve(
        ok({ preset, passed: true, message, durationMs: 12_000, costUsd: 0.01, tokens: 2090 }),
      );
    },
    images: () => Promise.resolve(ok({ ensureImage: fakeImage(record) })),
    profiles: (folders) => listProfiles(folders, null),
    mcpServers: {
      standings: () => Promise.resolve({ ok: true, value: [] }),
      check: () => Promise.resolve({ ok: true, value: [] }),
      installPlan: () => Promise.resolve({ ok: false, error: 'There is no such server.' }),
      install: () => Promise.resolve({ ok: true, value: undefined }),
      forSkills: () => Promise.resolve({ ok: true, value: { launches: [], secrets: {}, missing: [] } }),
    },
    routing: {
      routes: () => Promise.resolve(ok(SHIPPED_ROUTES)),
      standings: () =>
        Promise.resolve(ok([...SHIPPED_ROUTES.values()].map((route) => ({ ...route, hasKey: false })))),
      probe: () => Promise.resolve(ok([])),
    },
    monitoring: () => Promise.resolve(monitoring),
    coordinationUrl: () =>
      Promise.resolve(err({ kind: 'state', message: 'There is no store in a played loop.' } as const)),
    browseKeys: async (folder, handOver) => ok((await (keys ??= startFakeKeys())).browse(folder, handOver)),
    glanceAtStore: async (folder) => ok((await (keys ??= startFakeKeys())).glance(folder)),
    dispose: async () => (await keys)?.dispose(),
  });
};

/** No registry is reached: the usual base cannot be had. On `slow:1` a build takes until it is cancelled. */
function fakeImage(record: (call: unknown) => void): ContainerImages['ensureImage'] {
  return async (wish, onProgress, signal) => {
    record(['ensureImage', wish]);
    onProgress(`Step 2/9 : FROM ${wish.base ?? 'node'}`);
    if (wish.base === undefined)
      return err({ kind: 'base', message: 'The base node cannot be had; give another one.' });
    if (wish.base === 'slow:1') {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return err({ kind: 'cancelled', message: 'The build was cancelled.' });
    }
    return ok({ image: wish.image, id: '1', state: 'current', built: true, node: 'v24.21.0', lacks: ['jq'] });
  };
}

/** A loop in the middle of its second iteration, with an agent in each state that a running one can be in. */
import type { AgentView, LoopView } from '../../src/app/projections/loop-view.ts';
import type { AgentSignals } from '../../src/app/projections/agent-signals.ts';
import { agentView } from '../../src/vscode/test-views.ts';
import { decisionDue } from './story.mts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

function signals(
  line: string,
  change: Partial<AgentSignals> & { readonly busy?: number; readonly now: number },
): AgentSignals {
  const { busy = 1, now, ...rest } = change;
  const bytes = Array.from({ length: 30 }, (_, slot) => Math.round(busy * (120 + ((slot * 7919) % 380))));
  return {
    outputAt: now,
    line: { at: now, text: line },
    cpu: null,
    file: null,
    tool: null,
    rateLimit: null,
    attention: null,
    phase: 'running',
    pulse: { endsAt: now, bytes },
    nudges: [],
    questions: [],
    usage: null,
    costUsd: null,
    diff: null,
    ...rest,
  };
}

const fact = (text: string, at: number | null = null, age: 'ago' | 'for' | 'until' | null = null) => ({
  text,
  at,
  age,
});

function diff(path: string, added: number, removed: number): AgentSignals['diff'] {
  return { at: 0, files: [{ path, added, removed }], added, removed };
}

/** Every second one of them runs in a container here, so that both can be seen beside each other. */
const container = (
  agent: string,
  change: Partial<NonNullable<AgentSignals['container']>> = {},
): Pick<AgentSignals, 'container'> => ({
  container: {
    name: `cfn-agent-${agent}-add-jwt`,
    state: 'running',
    cores: 0.42,
    coreLimit: 1,
    memoryBytes: 212 * 2 ** 20,
    memoryLimitBytes: 2 ** 30,
    ...change,
  },
});

function crew(now: number, worktree: string): readonly AgentView[] {
  const running = {
    state: 'working',
    iteration: 2,
    worktree,
    folder: '/nowhere/agent',
    startedAt: now - 9 * MINUTE,
  } as const;
  const silent = (from: number) =>
    Array.from({ length: 30 }, (_, slot) => (slot < from ? 200 - slot * 20 : 0));
  return [
    agentView({
      ...running,
      id: 'backend-1',
      preset: 'claude',
      status: 'working',
      facts: [fact('edited src/auth/jwt.ts', now - 3 * SECOND, 'ago')],
      signals: signals('Now the verify() path: reject tokens signed with alg "none".', {
        now,
        costUsd: 0.58,
        diff: diff('src/auth/jwt.ts', 212, 18),
        ...container('backend-1'),
      }),
    }),
    agentView({
      ...running,
      id: 'backend-2',
      preset: 'codex',
      status: 'quiet',
      facts: [fact('no output', now - 40 * SECOND, 'for'), fact('running npm test'), fact('CPU 64 %')],
      signals: signals('$ npm test -- test/auth', {
        now,
        costUsd: 0.44,
        diff: diff('src/auth/refresh.ts', 97, 12),
        pulse: { endsAt: now - 40 * SECOND, bytes: signals('', { now }).pulse.bytes },
      }),
    }),
    agentView({
      ...running,
      id: 'migrations-1',
      preset: 'qwen',
      status: 'stuck',
      facts: [
        fact('no output', now - 6 * MINUTE, 'for'),
        fact('no file change', now - 8.6 * MINUTE, 'for'),
        fact('CPU 0 %'),
      ],
      signals: signals('waiting for database system to be ready…', {
        now,
        costUsd: 0.31,
        diff: diff('migrations/002_sessions.sql', 61, 0),
        pulse: { endsAt: now, bytes: silent(3) },
        nudges: [{ id: '1', at: now, state: 'delivered', why: '' }],
        ...container('migrations-1', { state: 'gone', cores: null, memoryBytes: null }),
      }),
    }),
    agentView({
      ...running,
      id: 'frontend-1',
      preset: 'claude',
      status: 'waiting-for-you',
      facts: [fact('asked a question', now - 130 * SECOND, 'for')],
      questions: [
        {
          id: 'q1',
          at: now - 130 * SECOND,
          text: 'Should the refresh token rotate on every use, or only near its end?',
          choices: ['On every use', 'Near its end'],
        },
      ],
      startedAt: now - 5 * MINUTE,
      signals: signals('$ cfn ask "Should the refresh token rotate on every use?"', {
        now,
        costUsd: 0.22,
        diff: diff('web/login.tsx', 38, 4),
        pulse: { endsAt: now - 130 * SECOND, bytes: silent(8) },
      }),
    }),
    agentView({
      ...running,
      id: 'tests-1',
      preset: 'gemini',
      status: 'rate-limited',
      facts: [fact('google'), fact('next try', now + 72 * SECOND, 'until'), fact('nothing lost')],
      signals: signals('429 Resource exhausted. Retry-After: 90', {
        now,
        costUsd: 0.19,
        diff: diff('test/auth/refresh.test.ts', 104, 0),
        busy: 0.4,
      }),
    }),
    agentView({
      ...running,
      id: 'docs-1',
      preset: 'opencode',
      state: 'done',
      status: 'done',
      signals: null,
      facts: [fact('claims 0.86'), fact('result recorded')],
      startedAt: now - 9 * MINUTE,
      endedAt: now - 5.3 * MINUTE,
      confidence: 0.86,
      summary: 'Documented the three endpoints and the error table.',
      files: [{ path: 'docs/auth.md', added: 44, removed: 4 }],
      added: 44,
      removed: 4,
      usage: { input: 16_104, cachedInput: 0, output: 2_100 },
    }),
  ];
}

export function implementing(now: number, worktree: string): LoopView {
  const due = decisionDue(now, worktree);
  const [first, second] = due.iterations;
  if (!first || !second) throw new Error('The story has two iterations at least.');
  const validators = due.agents
    .filter((agent) => agent.role !== 'implementer')
    .map((agent) => agentView({ id: agent.id, role: agent.role, preset: agent.preset, iteration: 2 }));
  return {
    ...due,
    taskId: 'sessions',
    description: 'Sign in with sessions',
    branch: 'cfn/sessions/result',
    step: 'implement',
    iteration: 2,
    startedAt: now - 14.5 * MINUTE,
    waiting: null,
    recommendation: null,
    decision: null,
    commit: null,
    consensus: null,
    gate: due.gate && {
      ...due.gate,
      iteration: 1,
      passed: false,
      evidence: 'failed',
      reasons: ['npm test: 84 of 217 checks fail'],
    },
    agents: [...crew(now, worktree), ...validators],
    transferPoints: due.transferPoints.slice(0, 1).map((point) => ({ ...point, iteration: 2 })),
    iterations: [
      {
        ...first,
        startedAt: now - 14.5 * MINUTE,
        endedAt: now - 9 * MINUTE,
        steps: { ...first.steps, implement: now - 9.5 * MINUTE, gate: now - 9 * MINUTE },
      },
      {
        ...second,
        startedAt: now - 9 * MINUTE,
        endedAt: null,
        outcome: null,
        steps: { implement: null, gate: null, validate: null, decide: null },
        passRate: null,
        confidence: null,
        costUsd: 1.74,
        costIncomplete: true,
      },
    ],
    feedback: ['test/auth/refresh.test.ts: 17 tests fail', 'Rotate the refresh token on every use.'],
    feedbackItems: [
      {
        origin: 'evidence',
        to: null,
        text: 'test/auth/refresh.test.ts: 17 tests fail, "expected 200, got 401"',
      },
      { origin: 'person', to: 'backend-1', text: 'Rotate the refresh token on every use.' },
    ],
    nextFeedback: [],
    costUsd: 2.66,
    costIncomplete: true,
  };
}

/** The same loop a step further, held by the person before its gate's result is handed over. */
export function heldBeforeGate(now: number, worktree: string): LoopView {
  const view = implementing(now, worktree);
  return {
    ...view,
    taskId: 'held',
    description: 'Rotate secrets',
    step: 'gate',
    breakpoints: [5],
    held: { point: 5, part: 'main', since: now - 72 * SECOND },
    waiting: {
      for: 'breakpoint',
      since: now - 72 * SECOND,
      message: 'You stopped the loop before transfer point 5.',
    },
  };
}

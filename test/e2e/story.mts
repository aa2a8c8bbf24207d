/** One loop in the moments that look different; figures add up. */
import { readEvidence } from '../../src/domain/evidence-command.ts';
import type { AgentView, LoopView } from '../../src/app/projections/loop-view.ts';
import { agentView, iterationView, loopView, OVER_CONFIDENT } from '../../src/vscode/test-views.ts';

const MINUTE = 60_000;

const POINT_KEYS = [
  'task:add-jwt:assignment',
  'task:add-jwt:output',
  'task:add-jwt:loop2',
  'task:add-jwt:loop3',
  'gate:add-jwt',
  'handoff:add-jwt:reviewer',
];

const points = (count: number): LoopView['transferPoints'] =>
  POINT_KEYS.slice(0, count).map((key, index) => ({
    point: index + 1,
    key,
    sha256: `${index}c81e3a5f09b2d47`.repeat(4).slice(0, 64),
    verified: true,
    iteration: 4,
    edited: false,
  }));

const WELL_CALIBRATED = {
  ...OVER_CONFIDENT,
  preset: 'claude',
  role: 'validator',
  runs: 24,
  held: 21,
  claimed: 0.9,
  brier: 0.08,
  gap: 0.02,
  badge: null,
} as const;

function crew(now: number, worktree: string) {
  const file = (path: string, added: number, removed: number) => ({ path, added, removed });
  const done = { state: 'done', startedAt: now - 9 * MINUTE, endedAt: now - 4 * MINUTE } as const;
  return [
    agentView({
      id: 'backend-1',
      preset: 'claude',
      ...done,
      iteration: 2,
      worktree,
      folder: '/nowhere/backend-1',
      branch: 'cfn/add-jwt/backend-1',
      confidence: 0.91,
      summary: 'Tokens are signed with HS256 and expire after 15 minutes.',
      files: [file('src/auth/jwt.ts', 148, 6), file('src/auth/session.ts', 52, 12)],
      added: 200,
      removed: 18,
      costUsd: 1.12,
    }),
    agentView({
      id: 'backend-2',
      preset: 'codex',
      ...done,
      iteration: 2,
      worktree,
      folder: '/nowhere/backend-2',
      confidence: 0.86,
      attempt: 2,
      calibration: OVER_CONFIDENT,
      summary: 'Refresh tokens rotate; the old one is refused.',
      files: [file('src/auth/refresh.ts', 97, 12)],
      added: 97,
      removed: 12,
      costUsd: 0.74,
    }),
    ...[0.96, 0.98, 0.79].map((score, index) =>
      agentView({
        id: ['reviewer-1', 'tester-1', 'security-1'][index] ?? '',
        role: 'validator',
        preset: ['codex', 'claude', 'claude'][index] ?? '',
        state: 'done',
        iteration: 2,
        startedAt: now - 4 * MINUTE,
        endedAt: now - 3 * MINUTE,
        folder: '/nowhere/validator',
        score,
        ...(index === 2 ? { calibration: WELL_CALIBRATED } : {}),
        costUsd: 0.26,
      }),
    ),
    agentView({
      id: 'product-owner',
      role: 'product-owner',
      preset: 'claude',
      state: 'done',
      iteration: 2,
      startedAt: now - 3 * MINUTE,
      endedAt: now - 2.5 * MINUTE,
      folder: '/nowhere/product-owner',
      decision: 'ITERATE',
      costUsd: 0.09,
    }),
  ];
}

type Command = NonNullable<LoopView['gate']>['commands'][number];

function command(name: string, passed: number, failed: number, baseline: number): Command {
  const passRate = passed / (passed + failed);
  const status = failed === 0 ? 'passed' : 'failed';
  return {
    command: name,
    kind: readEvidence(name).kind,
    flaky: [],
    run: 'restored',
    status,
    passed,
    failed,
    skipped: 0,
    passRate,
    baseline,
    needs: 0.95,
  };
}

const unavailable = (name: string): Command => ({
  ...command(name, 0, 0, 0),
  status: 'unavailable',
  passRate: null,
  baseline: null,
});

/** Four rounds that come nearer: tests, then consensus. */
function rounds(now: number): LoopView['iterations'] {
  const at = (minutes: number) => now - minutes * MINUTE;
  return [
    iterationView({
      number: 1,
      startedAt: at(41),
      endedAt: at(36),
      outcome: 'gate-failed',
      steps: { implement: at(37), gate: at(36), validate: null, decide: null },
      passRate: 0.61,
      confidence: 0.87,
      added: 412,
      removed: 20,
      costUsd: 0.92,
    }),
    iterationView({
      number: 2,
      startedAt: at(36),
      endedAt: at(23),
      outcome: 'gate-failed',
      steps: { implement: at(24), gate: at(23), validate: null, decide: null },
      passRate: 0.912,
      confidence: 0.91,
      added: 530,
      removed: 44,
      costUsd: 2.18,
    }),
    iterationView({
      number: 3,
      startedAt: at(23),
      endedAt: at(13),
      outcome: 'consensus-missed',
      steps: { implement: at(17), gate: at(16), validate: at(13), decide: null },
      passRate: 1,
      confidence: 0.85,
      score: 0.82,
      findings: 4,
      added: 96,
      removed: 31,
      costUsd: 1.74,
    }),
    iterationView({
      number: 4,
      startedAt: at(13),
      steps: { implement: at(6), gate: at(5), validate: at(3), decide: null },
      passRate: 1,
      confidence: 0.885,
      score: 0.91,
      findings: 2,
      added: 48,
      removed: 13,
      costUsd: 1.64,
    }),
  ];
}

export function decisionDue(now: number, worktree: string): LoopView {
  return loopView({
    taskId: 'add-jwt',
    description: 'Add JWT authentication to the API',
    step: 'decide',
    iteration: 4,
    startedAt: now - 41 * MINUTE,
    commit: 'b'.repeat(40),
    branch: 'cfn/add-jwt/result',
    agents: crew(now, worktree).map((agent) => ({ ...agent, iteration: 4 })),
    transferPoints: points(6),
    gate: {
      iteration: 4,
      passed: true,
      threshold: 0.75,
      confidence: 0.885,
      evidence: 'passed',
      reasons: [],
      notes: [],
      commit: '7c1e90a'.padEnd(40, '0'),
      agents: ['backend-1', 'backend-2'],
      commands: [
        command('npm test', 217, 0, 0.61),
        command('npm run typecheck', 1, 0, 1),
        unavailable('npm run lint'),
      ],
      claims: [
        { agentId: 'backend-1', confidence: 0.91 },
        { agentId: 'backend-2', confidence: 0.86 },
      ],
    },
    consensus: {
      iteration: 4,
      passed: true,
      threshold: 0.9,
      score: 0.91,
      votes: [
        { agentId: 'reviewer-1', score: 0.96 },
        { agentId: 'tester-1', score: 0.98 },
        { agentId: 'security-1', score: 0.79 },
      ],
      findings: [
        {
          by: 'security-1',
          severity: 'critical',
          text: 'After logout the refresh token still mints access tokens for 7 days.',
          file: 'src/auth/session.ts',
          line: 83,
          proof: 'npm test -- test/sec/logout.test.ts fails',
        },
        { by: 'reviewer-1', severity: 'suggestion', text: 'Name the two secrets apart.' },
      ],
      proofs: [],
      unconfirmedFiles: [],
    },
    recommendation: {
      agentId: 'product-owner',
      decision: 'ITERATE',
      feedback: ['Revoke the refresh token at logout (src/auth/session.ts:83)'],
      reason: 'Consensus is reached, but security-1 shows a refresh token that still works after logout.',
    },
    waiting: {
      for: 'decision',
      since: now - 2 * MINUTE,
      message: 'You are asked because the product owner is an agent whose decision a person confirms.',
    },
    feedback: ['Revoke the refresh token at logout (src/auth/session.ts:83)'],
    feedbackItems: [
      { origin: 'person', to: null, text: 'Revoke the refresh token at logout (src/auth/session.ts:83)' },
    ],
    nextFeedback: [
      {
        origin: 'security-1',
        to: null,
        text: '[critical] src/auth/session.ts:83: After logout the refresh token still mints access tokens for 7 days.',
      },
      { origin: 'product-owner', to: 'backend-1', text: 'Revoke the refresh token at logout.' },
    ],
    budgetUsd: 10,
    costUsd: 6.48,
    iterations: rounds(now),
    headline: 'Waiting for your decision on iteration 4.',
  });
}

/** The same crew member in the next iteration. */
function again(agent: AgentView, now: number): AgentView {
  if (agent.role === 'implementer') {
    return {
      ...agent,
      state: 'working',
      status: 'working',
      iteration: 2,
      endedAt: null,
      confidence: null,
      startedAt: now - MINUTE,
    };
  }
  const nothing = {
    score: null,
    decision: null,
    startedAt: null,
    endedAt: null,
    costUsd: null,
    folder: null,
    iteration: 2,
  };
  return { ...agent, ...nothing, state: 'queued', status: 'queued' };
}

export function gateFailed(now: number, worktree: string): LoopView {
  const view = decisionDue(now, worktree);
  return {
    ...view,
    taskId: 'rate-limit',
    description: 'Rate limiter for /api',
    branch: 'cfn/rate-limit/result',
    step: 'implement',
    iteration: 2,
    startedAt: now - 12 * MINUTE,
    waiting: null,
    iterations: rounds(now)
      .slice(0, 1)
      .concat(iterationView({ number: 2, startedAt: now - MINUTE, costUsd: 0.94, costIncomplete: true })),
    decision: null,
    consensus: null,
    transferPoints: points(5),
    agents: view.agents.map((agent) => again(agent, now)),
    gate: {
      iteration: 1,
      passed: false,
      threshold: 0.75,
      confidence: 0.91,
      evidence: 'failed',
      reasons: [
        'npm test: 3 of 34 checks fail, 0.912 is below 0.95',
        'npm test: "refuses the sixth try in a minute" passed at the base and fails now',
      ],
      notes: [],
      commit: '41d0b7f'.padEnd(40, '0'),
      agents: ['backend-1', 'backend-2'],
      commands: [
        command('npm test', 31, 3, 1),
        command('npm run typecheck', 1, 0, 1),
        unavailable('npm run lint'),
      ],
      claims: [
        { agentId: 'backend-1', confidence: 0.94 },
        { agentId: 'backend-2', confidence: null },
      ],
    },
    recommendation: null,
    nextFeedback: [],
    feedback: ['Count tries for each address, not for each process', 'Send status 429, not 403'],
    feedbackItems: [
      { origin: 'evidence', to: null, text: 'Count tries for each address, not for each process' },
      { origin: 'person', to: 'backend-1', text: 'Send status 429, not 403' },
    ],
    costUsd: 1.86,
    costIncomplete: true,
  };
}

export function proceeded(now: number, worktree: string): LoopView {
  const view = decisionDue(now, worktree);
  return {
    ...view,
    taskId: 'health-check',
    description: 'Add a health check',
    branch: 'cfn/health-check/result',
    step: 'done',
    outcome: 'PROCEED',
    iterations: rounds(now)
      .slice(3)
      .map((each) => ({
        ...each,
        number: 1,
        outcome: 'PROCEED',
        startedAt: now - 90 * MINUTE,
        endedAt: now - 75 * MINUTE,
      })),
    waiting: null,
    startedAt: now - 90 * MINUTE,
    endedAt: now - 75 * MINUTE,
    decision: {
      decision: 'PROCEED',
      by: 'product-owner',
      reason: 'Everything asked for is there.',
      at: now - 75 * MINUTE,
      iteration: 1,
    },
    recommendation: null,
    nextFeedback: [],
    feedback: [],
    costUsd: 0.84,
  };
}

/** The second iteration as it stood at its end: the agents are sure, the tests are not. */
export function secondIteration(now: number, worktree: string): LoopView {
  const due = decisionDue(now, worktree);
  const failed = gateFailed(now, worktree);
  return {
    ...due,
    step: 'gate',
    iteration: 2,
    waiting: null,
    recommendation: null,
    consensus: null,
    gate: failed.gate && { ...failed.gate, iteration: 2 },
    iterations: due.iterations.slice(0, 2),
    feedback: failed.feedback,
    feedbackItems: failed.feedbackItems,
    nextFeedback: [
      {
        origin: 'evidence',
        to: null,
        text: 'test/auth/refresh.test.ts: 17 tests fail, "expected 200, got 401"',
      },
      {
        origin: 'gate',
        to: 'backend-2',
        text: 'The last attempt ended as "timeout". Its changes were not integrated.',
      },
      { origin: 'person', to: null, text: 'Rotate the refresh token on every use.' },
    ],
  };
}

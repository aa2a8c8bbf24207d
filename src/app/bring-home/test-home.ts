import { err } from '../../base/result.ts';
import type { HomePreview, Integration } from '../../ports/home-git.ts';
import type { HomeReport, HomeService } from './home-service.ts';
import type { QueuedLoop, QueueReport } from './queue-report.ts';

const refused = () =>
  Promise.resolve(err({ kind: 'state', message: 'Nothing can be brought home in this test.' } as const));

/** Refuses everything that a test does not say otherwise. */
export const createTestHome = (home: Partial<HomeService> = {}): HomeService => ({
  preview: refused,
  bring: refused,
  previewQueue: refused,
  queue: refused,
  push: refused,
  remote: refused,
  pullRequest: refused,
  discard: refused,
  undo: refused,
  integrations: () => Promise.resolve([]),
  resolution: refused,
  branches: refused,
  ...home,
});

const COMMIT = 'c'.repeat(40);
const MAIN = 'b'.repeat(40);

/** A clean merge of nothing into main, unless a test says otherwise. */
export const testReport = (change: Partial<HomePreview> = {}, revised = false): HomeReport => ({
  taskId: 't1',
  intent: 'Fix the login',
  commit: COMMIT,
  revised,
  restored: null,
  preview: {
    way: 'merge',
    branch: 'main',
    branchCommit: MAIN,
    checkout: 'moves',
    newBranch: null,
    verdict: { kind: 'clean', files: [] },
    obstacle: null,
    ...change,
  },
});

export const testIntegration: Integration = {
  id: 'ab',
  taskId: 't1',
  at: 0,
  way: 'merge',
  commit: COMMIT,
  state: 'done',
  ref: { name: 'refs/heads/main', from: MAIN, to: COMMIT },
  checkout: null,
  rescued: null,
  pushed: null,
  layers: null,
};

export const testQueuedLoop = (taskId: string): QueuedLoop => ({
  taskId,
  intent: `Make ${taskId}\u001b[2J`,
  commit: COMMIT,
  revised: false,
});

/** Two loops of which nothing else is told, unless a test says otherwise. */
export const testQueueReport = (change: Partial<QueueReport> = {}): QueueReport => ({
  outcome: 'landed',
  way: 'merge',
  branch: 'main',
  newBranch: null,
  branchCommit: MAIN,
  stack: [testQueuedLoop('a'), testQueuedLoop('b')],
  integrations: [],
  putAside: [],
  already: [],
  evidence: ['npm test'],
  runs: [],
  flaky: [],
  protectedFiles: [],
  preview: null,
  ...change,
});

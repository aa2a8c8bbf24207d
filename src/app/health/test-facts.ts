import { err, ok } from '../../base/result.ts';
import type { HealthFacts, LoopFact } from './health-facts.ts';

/** A machine on which all is well and no loop has run; tests change what they are about. */
export const healthyFacts = (change: Partial<HealthFacts> = {}): HealthFacts => ({
  node: '24.21.0',
  git: ok('2.39.5'),
  repository: {
    kind: 'usable',
    root: '/repo',
    branch: 'main',
    operation: null,
    absentSubmodules: [],
    id: 'a'.repeat(32),
    worktreesRoot: '/repo.cfn',
  },
  settings: { problem: null, runtime: null },
  codePlace: null,
  programs: [{ path: '/dist/core.js', found: true }],
  agents: ok([
    {
      agent: {
        id: 'claude',
        title: 'Claude Code',
        path: '/bin/claude',
        version: '2.1.8',
        verified: { from: '2.1.0', to: '2.1.9' },
        capabilities: { resume: true, usage: true, cost: true, channels: ['command', 'file', 'message'] },
      },
      signIn: { kind: 'login', where: '/home/u/.claude/.credentials.json' },
    },
  ]),
  accounts: { now: 0, standings: [] },
  engine: err('No container engine was found.'),
  containers: null,
  stateFolder: {
    path: '/state/cfn/id',
    exists: true,
    mode: 0o700,
    writable: true,
    nearest: '/state/cfn/id',
    freeBytes: 80e9,
  },
  sizes: { state: { bytes: 0, files: 0, complete: true }, worktrees: { bytes: 0, files: 0, complete: true } },
  resources: { cores: 2, load: 0.5, freeBytes: 8e9, totalBytes: 16e9 },
  store: { kind: 'ended', port: null },
  locks: ok([]),
  index: { kind: 'missing' },
  loops: [],
  leases: [],
  ledger: [],
  worktrees: null,
  listeners: ok([]),
  ...change,
});

export const loopFact = (change: Partial<LoopFact> = {}): LoopFact => ({
  taskId: 'fix-login',
  damage: null,
  events: 12,
  updatedAt: 1,
  state: 'running',
  holder: { pid: 7, state: 'alive' },
  failedStarts: [],
  ...change,
});

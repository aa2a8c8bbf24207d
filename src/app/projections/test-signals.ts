import type { AgentSignals } from './agent-signals.ts';

/** Of an agent that has said nothing yet, for tests. */
export const SILENT = {
  outputAt: null,
  line: null,
  pulse: { endsAt: 0, bytes: [] },
  cpu: null,
  file: null,
  tool: null,
  rateLimit: null,
  attention: null,
  nudges: [],
  questions: [],
  phase: 'running',
  usage: null,
  costUsd: null,
  diff: null,
} as const satisfies AgentSignals;

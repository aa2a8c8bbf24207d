import { delimiter, dirname, join } from 'node:path';
import { agentEnvironment } from '../../../src/domain/agents/environment.ts';
import type { AgentProvider } from '../../../src/ports/agent-provider.ts';
import type { AttemptSpec } from '../../../src/protocol/attempt.ts';
import { makeAttempt, startRunner, type Attempt, type Running } from './attempt.ts';

export interface CliRequest {
  /** Program file of the built runner. */
  readonly runner: string;
  readonly provider: AgentProvider;
  /** Folder of the CLI's program. */
  readonly bin: string;
  /** Of the user: variables that the preset may see. */
  readonly env: Readonly<Record<string, string>>;
  readonly spec?: Partial<AttemptSpec>;
  readonly prompt: (attempt: Attempt) => string;
  /** Before the start: files in the worktree and the like. */
  readonly prepare?: (attempt: Attempt) => void;
}

/** A real CLI under the real runner, with the environment that the loop gives to agents. */
export function startCli(request: CliRequest): { readonly attempt: Attempt; readonly running: Running } {
  const { provider } = request;
  const attempt = makeAttempt({ program: { kind: 'preset', preset: provider.id }, ...request.spec });
  attempt.write('prompt.md', request.prompt(attempt));
  request.prepare?.(attempt);
  const { spec, folder } = attempt;
  const env = agentEnvironment({
    platform: process.platform,
    user: { ...process.env, ...request.env },
    path: [request.bin, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    binFolder: '',
    presetVariables: [...provider.environment, ...Object.keys(request.env)],
    taskId: spec.taskId,
    agentId: spec.agentId,
    provider: provider.id,
    role: spec.role,
    iteration: spec.iteration,
    attempt: spec.attempt,
    runToken: spec.runToken,
    nonce: spec.nonce,
    promptFile: join(folder, 'prompt.md'),
    contextFile: join(folder, 'context.json'),
    resultFile: join(folder, 'out', 'result.json'),
    redisUrl: null,
    totalLimitMs: spec.limits.totalMs,
    worktree: null,
    repairError: spec.repair?.error ?? null,
  });
  return { attempt, running: startRunner(request.runner, attempt, env) };
}

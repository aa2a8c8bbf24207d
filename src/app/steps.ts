/** Stepping through a loop: breakpoints on its hand-overs, other thresholds, another try of an agent. */
import { ok, type Result } from '../base/result.ts';
import type { LoopEvent } from '../domain/loop/events.ts';
import type { LoopState } from '../domain/loop/state.ts';
import type { AgentProgram } from '../domain/loop/model.ts';
import { editsNothing, parseAgentSpec } from '../protocol/agent-spec.ts';
import type { LoopServiceDeps } from './create-loop-service.ts';
import type { Steering } from './forwarding.ts';
import { readEdit, readHandOver } from './hand-overs.ts';
import type { LiveLoops } from './live-loops.ts';
import { fail } from './loop-error.ts';
import type { LoopError, LoopHandle, LoopService } from './loop-service.ts';
import { findMissingCli } from './resolve-start.ts';
import { readLoop } from './stored-loop.ts';

interface StepsDeps {
  readonly deps: LoopServiceDeps;
  readonly live: LiveLoops;
  readonly steerOnly: (taskId: string, command: Steering) => Promise<Result<void, LoopError>>;
  /** And goes on with a loop that nobody holds. */
  readonly goOn: (taskId: string, command: Steering) => Promise<Result<LoopHandle, LoopError>>;
}

export type Steps = Pick<
  LoopService,
  'setBreakpoints' | 'release' | 'handOver' | 'changeThresholds' | 'retryAgent'
>;

export function createSteps({ deps, live, steerOnly, goOn }: StepsDeps): Steps {
  return {
    setBreakpoints: (taskId, points) => steerOnly(taskId, { kind: 'set-breakpoints', points }),
    release: async (taskId, edited) => {
      if (edited === undefined) return goOn(taskId, { kind: 'release', edit: null });
      const stored = await storedOf(deps, live, taskId);
      if (!stored.ok) return stored;
      const edit = await readEdit(deps, stored.value.state, edited);
      return edit.ok ? goOn(taskId, { kind: 'release', edit: edit.value }) : edit;
    },
    handOver: async (taskId, address) => {
      const stored = await storedOf(deps, live, taskId);
      return stored.ok ? readHandOver(deps, stored.value.events, address) : stored;
    },
    changeThresholds: (taskId, thresholds) => steerOnly(taskId, { kind: 'change-thresholds', thresholds }),
    retryAgent: async (taskId, agentId, { spec } = {}) => {
      const program = spec === undefined ? ok(null) : await programOf({ deps, live }, taskId, agentId, spec);
      return program.ok
        ? steerOnly(taskId, { kind: 'retry-agent', agentId, program: program.value })
        : program;
    },
  };
}

async function storedOf(
  deps: LoopServiceDeps,
  live: LiveLoops,
  taskId: string,
): Promise<Result<{ readonly state: LoopState; readonly events: readonly LoopEvent[] }, LoopError>> {
  const mine = live.get(taskId);
  return mine ? ok({ state: mine.session.state, events: mine.events }) : readLoop(deps.store, taskId);
}

/** A program that can be started here, whatever role it is for: a person takes nobody's place. */
async function programOf(
  { deps, live }: Pick<StepsDeps, 'deps' | 'live'>,
  taskId: string,
  agentId: string,
  spec: string,
): Promise<Result<AgentProgram, LoopError>> {
  const parsed = parseAgentSpec('The other program', 'implementer', spec);
  if (!parsed.ok) return fail('input', parsed.error);
  const { program, name } = parsed.value;
  if (program === null || program.kind === 'profile' || name !== null) {
    return fail(
      'input',
      `The other program is named "${spec.slice(0, 80)}"; it takes PRESET or exec:COMMAND LINE without a name.`,
    );
  }
  if (editsNothing(program) && (await isImplementer({ deps, live }, taskId, agentId))) {
    return fail(
      'input',
      `${agentId} edits files, and the language models of vscode only read; take another program.`,
    );
  }
  const missing = findMissingCli([{ id: agentId, role: 'implementer', program }], await deps.detectAgents());
  return missing === null ? ok(program) : fail('input', missing);
}

async function isImplementer(
  { deps, live }: Pick<StepsDeps, 'deps' | 'live'>,
  taskId: string,
  agentId: string,
): Promise<boolean> {
  const stored = await storedOf(deps, live, taskId);
  const crew = stored.ok ? stored.value.state.config.crew : [];
  return crew.some(({ id, role }) => id === agentId && role === 'implementer');
}

import { err, ok, type Result } from '../../base/result.ts';
import type { AgentProgram } from '../../domain/loop/model.ts';
import { editsNothing, parseAgentSpec } from '../../protocol/agent-spec.ts';

/** Who takes the task apart, and who is then proposed to implement each part. */
export interface Planner {
  readonly program: AgentProgram;
  readonly implementer: string;
}

const SCRIPTED = 'demo';

/**
 * `spec`: a SPEC without a name, that of a validator, as nothing is edited. `fallback`: the default preset; null without one.
 * A program of one's own plans, and need not be able to implement.
 */
export function readPlanner(
  field: string,
  spec: string | null,
  fallback: string | null,
): Result<Planner, string> {
  if (spec === null && fallback === null) {
    return err(`No agent CLI was found to take the task apart; install one, or name one by ${field}.`);
  }
  const parsed = parseAgentSpec(field, 'validator', spec ?? fallback ?? '');
  if (!parsed.ok) return parsed;
  const { name, program } = parsed.value;
  if (name !== null || program === null || program.kind === 'profile') {
    return err(
      `${field} is ${JSON.stringify(spec)}; it takes PRESET or exec:COMMAND LINE, without a name or a profile.`,
    );
  }
  const canImplement = program.kind === 'preset' && !editsNothing(program);
  return ok({ program, implementer: canImplement ? program.preset : (fallback ?? SCRIPTED) });
}
